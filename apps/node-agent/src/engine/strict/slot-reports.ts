// Turns the reports of both slots' engines into reports about the node. Peers that come and go with the
// epochs are not reported, and what both slots report is reported once.

import { LogField, type Logger } from '@mesh/host';
import type { NodeId } from '@mesh/primitives';
import type { InterfaceSlot } from '@mesh/wg';
import type { AgentEvent, RecordEvent } from '../../events/agent-events.ts';

export interface SlotReportsPorts {
  readonly record: RecordEvent;
  readonly logger: Logger;
  /**
   * Whether the config still names the node. If it does, its peer was removed because an epoch is over, and
   * the node stays in the mesh.
   */
  readonly isMember: (nodeId: NodeId) => boolean;
  readonly interfaceUp: (slot: InterfaceSlot, kind: 'created' | 'adopted') => void;
}

export class SlotReports {
  readonly #ports: SlotReportsPorts;
  /** Peers that were reported as added, so that they are not reported again in each epoch. */
  readonly #announced = new Set<NodeId>();
  /** Peers that one slot has reported as removed, so that the other slot's report is dropped. */
  readonly #gone = new Set<NodeId>();

  constructor(ports: SlotReportsPorts) {
    this.#ports = ports;
  }

  /** Takes an event of a slot's engine. Drops events that concern that slot only. */
  take(slot: InterfaceSlot, event: AgentEvent): void {
    const { record, logger, isMember, interfaceUp } = this.#ports;
    switch (event.type) {
      case 'epoch_applied':
        return;
      case 'lease_ended':
        if (slot === 'a') record(event);
        return;
      case 'interface_up':
        interfaceUp(slot, event.kind);
        record(event);
        return;
      case 'peer_added':
        if (this.#announced.has(event.nodeId)) return;
        this.#announced.add(event.nodeId);
        this.#gone.delete(event.nodeId);
        logger.info(
          { [LogField.peerId]: event.nodeId, [LogField.epochId]: event.epochId, [LogField.slot]: slot },
          'peer added',
        );
        record(event);
        return;
      case 'peer_removed':
        if (event.nodeId !== null && isMember(event.nodeId)) return;
        if (event.nodeId !== null) {
          this.#announced.delete(event.nodeId);
          if (this.#gone.has(event.nodeId)) return;
          this.#gone.add(event.nodeId);
        }
        logger.info(
          { [LogField.peerId]: event.nodeId, [LogField.durationMs]: event.tookMs, [LogField.slot]: slot },
          'peer removed',
        );
        record(event);
        return;
      case 'tunnel_recovered':
        logger.info(
          { [LogField.code]: event.code, [LogField.durationMs]: event.forMs, [LogField.slot]: slot },
          'the slot works again',
        );
        record(event);
        return;
      default:
        record(event);
    }
  }
}
