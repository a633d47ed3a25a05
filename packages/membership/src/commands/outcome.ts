// The result of a command: events, or a refusal, which changes no state and leaves no entry in the log.
// Commands are pure: they read a view, and use no clock, socket or database.

import type { Problem } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { MeshView } from '../state/mesh-state.ts';

export type Outcome =
  | { readonly kind: 'done'; readonly events: readonly MeshEvent[] }
  | { readonly kind: 'refused'; readonly events: readonly []; readonly problem: Problem };

/** What every command knows of the moment in which it runs. */
export interface CommandContext {
  readonly nowMs: number;
  readonly policy: Policy;
  /** Whether admitted nodes are not denied for staleness now (after a start or a clock jump). */
  readonly stalenessWaived: boolean;
}

/** A command with its input bound, ready to be run against whatever is true when its turn comes. */
export type Command = (view: MeshView, context: CommandContext) => Outcome;

export function done(events: readonly MeshEvent[]): Outcome {
  return { kind: 'done', events };
}

export function refused(problem: Problem): Outcome {
  return { kind: 'refused', events: [], problem };
}
