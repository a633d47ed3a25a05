// What denied or limited while the disk failed: the commands, to be run again when it takes writes, and the nodes whose
// cut or limit stands until then. At most one command for each node and kind of event, however often a node repeats
// itself.

import type { NodeId } from '@mesh/primitives';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { Command, Outcome } from './outcome.ts';

/** What is in force before the disk knows of it. */
export type UrgentEvent = Extract<MeshEvent, { type: 'node_denied' | 'node_declining' }>;

export function isUrgent(event: MeshEvent): event is UrgentEvent {
  return event.type === 'node_denied' || event.type === 'node_declining';
}

/** Events that keep a node out by themselves. A denial is their consequence; an epoch is opened anew by its runner. */
const CAUSES: readonly MeshEvent['type'][] = [
  'benchmark_accepted',
  'node_left',
  'node_unreachable',
  'node_quarantined',
  'node_revoked',
];

export class UnrecordedDenials {
  readonly #commands = new Map<string, Command<unknown>>();
  readonly #denied = new Set<NodeId>();
  readonly #declining = new Set<NodeId>();

  /** @param foreseen what the command would have done */
  keep(command: Command<unknown>, foreseen: Outcome<unknown>): void {
    if (foreseen.kind !== 'done') return;
    const urgent = foreseen.events.filter(isUrgent);
    for (const event of urgent) this.#nodesOf(event).add(event.nodeId);
    const cause = foreseen.events.find((event) => CAUSES.includes(event.type));
    if (cause === undefined || !('nodeId' in cause)) return;
    if (cause.type === 'benchmark_accepted' && urgent.length === 0) return;
    const key = `${cause.type} ${cause.nodeId}`;
    this.#commands.delete(key);
    this.#commands.set(key, command);
  }

  commands(): readonly Command<unknown>[] {
    return [...this.#commands.values()];
  }

  /** Whether what the disk refused of this node stands. */
  stands(event: UrgentEvent): boolean {
    return this.#nodesOf(event).has(event.nodeId);
  }

  /** The disk holds a newer decision on the node. */
  settle(event: MeshEvent): void {
    switch (event.type) {
      case 'node_denied':
      case 'node_admitted':
        this.#denied.delete(event.nodeId);
        this.#declining.delete(event.nodeId);
        return;
      case 'node_declining':
      case 'node_recovered':
        this.#declining.delete(event.nodeId);
        return;
      default:
        return;
    }
  }

  /** The disk has these, or has seen them overtaken. */
  forget(recorded: readonly Command<unknown>[]): void {
    for (const [key, command] of this.#commands) if (recorded.includes(command)) this.#commands.delete(key);
  }

  #nodesOf({ type }: UrgentEvent): Set<NodeId> {
    return type === 'node_denied' ? this.#denied : this.#declining;
  }
}
