// What nodes say about their own tunnels: which epoch's keys are set, how old the handshakes are. Observations, kept in
// memory: nothing is decided by them, and a restart hears them again within half a minute.

import type { EpochId } from '@mesh/primitives';
import type { AppliedMessage } from '@mesh/protocol';

export interface PeerReport {
  /** The epoch whose key the node has set for this pair; undefined where it does not know. */
  readonly epochId: EpochId | undefined;
  /** At the time of the report; undefined where there was no handshake. */
  readonly handshakeAgeMs: number | undefined;
  /** Since when the node has reported this pair without a break. */
  readonly sinceMs: number;
}

export interface AppliedReport {
  readonly receivedAtMs: number;
  readonly sequence: number;
  readonly epochId: number;
  readonly peers: ReadonlyMap<string, PeerReport>;
}

export class AppliedReports {
  readonly #byNode = new Map<string, AppliedReport>();

  /** @param message with a sequence that was found to be in order */
  take(message: AppliedMessage, nowMs: number): void {
    const last = this.#byNode.get(message.node_id);
    const peers = message.peers.map((peer): [string, PeerReport] => [
      peer.node_id,
      {
        epochId: peer.epoch_id ?? undefined,
        handshakeAgeMs: peer.handshake_age_ms ?? undefined,
        sinceMs: last?.peers.get(peer.node_id)?.sinceMs ?? nowMs,
      },
    ]);
    this.#byNode.set(message.node_id, {
      receivedAtMs: nowMs,
      sequence: message.sequence,
      epochId: message.epoch_id,
      peers: new Map(peers),
    });
  }

  /** An operator's reset: later reports may have any sequence above `to`. */
  lowerSequence(nodeId: string, to: number): void {
    const last = this.#byNode.get(nodeId);
    if (last !== undefined && last.sequence > to) this.#byNode.set(nodeId, { ...last, sequence: to });
  }

  of(nodeId: string): AppliedReport | undefined {
    return this.#byNode.get(nodeId);
  }
}
