// The result of a command: events, or a refusal, which may leave an entry in the log but changes no state.
// Commands are pure: they read a view, and use no clock, socket or database.

import type { NodeId } from '@mesh/primitives';
import type { Problem } from '@mesh/protocol';
import type { BrakeSettings, Policy, Reason } from '@mesh/scoring';
import type { HeldEvent } from '../events/brake-event.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { MeshView } from '../state/mesh-view.ts';

export type Outcome =
  | { readonly kind: 'done'; readonly events: readonly MeshEvent[] }
  | { readonly kind: 'refused'; readonly events: readonly MeshEvent[]; readonly problem: Problem };

/** Cuts and holds that are in force before their events are on disk. */
export interface InFlight {
  readonly cuts: ReadonlyMap<NodeId, Reason>;
  readonly holds: ReadonlyMap<NodeId, HeldEvent>;
}

/** What every command knows of the moment in which it runs. */
export interface CommandContext {
  readonly nowMs: number;
  readonly policy: Policy;
  /** Whether admitted nodes are not denied for staleness now (after a start or a clock jump). */
  readonly stalenessWaived: boolean;
  /** Absent: nothing holds a node in that the policy denies. */
  readonly brake?: BrakeSettings;
  /** How many epochs a probation lasts that a drift signal begins. Absent: there is none. */
  readonly probationEpochs?: number;
  /** What is in force and may not be on disk yet. */
  readonly inFlight?: InFlight;
}

/** A command with its input bound, ready to be run against whatever is true when its turn comes. */
export type Command = (view: MeshView, context: CommandContext) => Outcome;

export function done(events: readonly MeshEvent[]): Outcome {
  return { kind: 'done', events };
}

/** @param events for the log alone */
export function refused(problem: Problem, events: readonly MeshEvent[] = []): Outcome {
  return { kind: 'refused', events, problem };
}
