// What the log entry of a decision shows beside its event: who took it, under which policy, and on which
// evidence. The evidence is an entry too, which commits to the numbers and to the signed message.

import { defined } from '@mesh/primitives';
import { type Actor, actorFields } from './actor.ts';
import type { MeshEvent } from './mesh-event.ts';

export interface JudgedBy {
  /** The version of the policy in force; undefined before the first one was stored. */
  readonly policyVersion: number | undefined;
  /** The index of the `benchmark_accepted` of the node's newest benchmark; undefined if there is none. */
  readonly benchmarkIndex: number | undefined;
}

/** What the controller itself decides, by the policy. */
const DECISIONS = [
  'node_admitted',
  'node_denied',
  'node_declining',
  'node_recovered',
  'probation_began',
  'node_held',
  'hold_ended',
] as const satisfies readonly MeshEvent['type'][];
type Decision = Extract<MeshEvent, { type: (typeof DECISIONS)[number] }>;
const types: ReadonlySet<string> = new Set(DECISIONS);
const CONTROLLER: Actor = { kind: 'system' };

/** Whether the event is a decision of the controller on a node. */
export function isDecision(event: MeshEvent): event is Decision {
  return types.has(event.type);
}

/** Whether the entry of a decision is dated when it was taken, and the node's record is as it was then. */
export function isRecordedInTime(event: Decision): boolean {
  return !('recordedLate' in event);
}

/** What a decision's entry shows in addition to `logEntryOf`. */
export function judgedByFields({ policyVersion, benchmarkIndex }: JudgedBy): {
  readonly [name: string]: string | number;
} {
  return {
    ...actorFields(CONTROLLER),
    ...defined({ policy_version: policyVersion, benchmark_index: benchmarkIndex }),
  };
}
