// What denied while the disk failed: the commands, to be run again when it takes writes, and the nodes whose cut
// stands until then. At most one command for each node and kind of event, however often a node repeats itself.

import type { Command, Outcome } from './commands/outcome.ts';
import type { MeshEvent } from './state/events.ts';

/** Events that keep a node out by themselves. A denial is their consequence; an epoch is opened anew by its runner. */
const CAUSES: readonly MeshEvent['type'][] = [
  'benchmark_accepted',
  'node_left',
  'node_quarantined',
  'node_revoked',
];

export class UnrecordedDenials {
  readonly #commands = new Map<string, Command<unknown>>();
  readonly #nodes = new Set<string>();

  /** @param foreseen what the command would have done */
  keep(command: Command<unknown>, foreseen: Outcome<unknown>): void {
    if (foreseen.kind !== 'done') return;
    for (const event of foreseen.events) if (event.type === 'node_denied') this.#nodes.add(event.nodeId);
    const cause = foreseen.events.find((event) => CAUSES.includes(event.type));
    if (cause === undefined || !('nodeId' in cause)) return;
    if (cause.type === 'benchmark_accepted' && foreseen.events.length === 1) return;
    const key = `${cause.type} ${cause.nodeId}`;
    this.#commands.delete(key);
    this.#commands.set(key, command);
  }

  commands(): readonly Command<unknown>[] {
    return [...this.#commands.values()];
  }

  /** Whether a denial of this node that the disk refused stands. */
  stands(nodeId: string): boolean {
    return this.#nodes.has(nodeId);
  }

  /** The disk has a newer word on this node. */
  settled(nodeId: string): void {
    this.#nodes.delete(nodeId);
  }

  /** The disk has these, or has seen them overtaken. */
  forget(recorded: readonly Command<unknown>[]): void {
    for (const [key, command] of this.#commands) if (recorded.includes(command)) this.#commands.delete(key);
  }
}
