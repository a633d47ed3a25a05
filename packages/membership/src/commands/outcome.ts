// What a command comes to: events and an answer, or a refusal, which may leave a trace in the log but changes
// no state. Commands are pure: they read a view and never touch a clock, a socket or the database.

import type { Problem } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { MeshView } from '../state/mesh-state.ts';

export type Outcome<Answer> =
  | { readonly kind: 'done'; readonly events: readonly MeshEvent[]; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly events: readonly MeshEvent[]; readonly problem: Problem };

/** What every command is told of the moment in which it runs. */
export interface CommandContext {
  readonly nowMs: number;
  readonly policy: Policy;
  /** Whether admitted nodes are spared from staleness (after a start or a clock jump). */
  readonly stalenessWaived: boolean;
}

/** A command with its input bound, ready to be run against whatever is true when its turn comes. */
export type Command<Answer> = (view: MeshView, context: CommandContext) => Outcome<Answer>;

export function done<Answer>(events: readonly MeshEvent[], answer: Answer): Outcome<Answer> {
  return { kind: 'done', events, answer };
}

export function refused(problem: Problem, events: readonly MeshEvent[] = []): Outcome<never> {
  return { kind: 'refused', events, problem };
}
