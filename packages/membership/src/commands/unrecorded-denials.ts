// Remembers what denied or limited a node while the disk failed: the commands, which run again when the disk
// takes writes, and the nodes whose cut or limit is in force until then. It keeps at most one command for
// each node or class and kind of event, however often a node repeats itself.

import type { NodeId } from '@mesh/primitives';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { Foreseen, UrgentEvent } from './foresee.ts';
import type { Command } from './outcome.ts';

/**
 * Events that keep a node out by themselves; a denial is their consequence. An opened epoch is not among
 * them: the epoch runner opens one again.
 */
const CAUSES: readonly MeshEvent['type'][] = [
  'benchmark_accepted',
  'node_left',
  'node_unreachable',
  'node_quarantined',
  'node_revoked',
  'class_revoked',
  'node_class_changed',
  'policy_applied',
];
/** Those that keep a node out only if they deny it or limit it at once. */
const HARMLESS_ALONE: readonly MeshEvent['type'][] = ['benchmark_accepted', 'node_class_changed'];

export class UnrecordedDenials {
  readonly #commands = new Map<string, Command>();
  readonly #denied = new Set<NodeId>();
  readonly #declining = new Set<NodeId>();
  readonly #held = new Set<NodeId>();

  /** Remembers a command that the disk refused, if it denies a node, limits it or keeps it out. */
  keep({ command, outcome, urgent }: Foreseen): void {
    if (outcome.kind !== 'done') return;
    for (const event of urgent) this.#nodesOf(event).add(event.nodeId);
    const cause = outcome.events.find((event) => CAUSES.includes(event.type));
    if (cause === undefined) return;
    if (HARMLESS_ALONE.includes(cause.type) && urgent.length === 0) return;
    const key = `${cause.type} ${whatItIsAbout(cause)}`;
    this.#commands.delete(key);
    this.#commands.set(key, command);
  }

  /** The oldest first. */
  commands(): readonly Command[] {
    return [...this.#commands.values()];
  }

  /** Whether the disk refused an event of this kind for this node, and nothing newer is on disk. */
  stands(event: UrgentEvent): boolean {
    return this.#nodesOf(event).has(event.nodeId);
  }

  /** Call this for every event that is on disk: it may be a newer decision on its node. */
  settle(event: MeshEvent): void {
    switch (event.type) {
      case 'node_denied':
      case 'node_admitted':
        this.#denied.delete(event.nodeId);
        this.#declining.delete(event.nodeId);
        this.#held.delete(event.nodeId);
        return;
      case 'node_held':
        this.#held.delete(event.nodeId);
        return;
      case 'node_declining':
      case 'node_recovered':
        this.#declining.delete(event.nodeId);
        return;
      default:
        return;
    }
  }

  /** Forgets commands that are on disk now, or that something newer has overtaken. */
  forget(recorded: readonly Command[]): void {
    for (const [key, command] of this.#commands) if (recorded.includes(command)) this.#commands.delete(key);
  }

  #nodesOf({ type }: UrgentEvent): Set<NodeId> {
    switch (type) {
      case 'node_denied':
        return this.#denied;
      case 'node_declining':
        return this.#declining;
      case 'node_held':
        return this.#held;
    }
  }
}

function whatItIsAbout(cause: MeshEvent): string {
  if (cause.type === 'class_revoked') return cause.class;
  return 'nodeId' in cause ? (cause.nodeId ?? '') : '';
}
