// What is recorded of the controller itself, beside nodes, epochs and policies.

import type { LimitPolicy, LimitsEvent } from '../events/limits-event.ts';
import type { MasterKeyEvent } from '../events/master-key-event.ts';

export interface ControllerFacts {
  /** The pair limits that only officers may loosen; undefined as long as none were recorded. */
  readonly limits: LimitPolicy | undefined;
  /** Whether what is sealed is being sealed again under another master key. */
  readonly isMasterKeyRotating: boolean;
}

export const NO_FACTS: ControllerFacts = { limits: undefined, isMasterKeyRotating: false };

export function factsAfter(before: ControllerFacts, event: LimitsEvent | MasterKeyEvent): ControllerFacts {
  if (event.type === 'pair_limits_set') return { ...before, limits: event.limits };
  return { ...before, isMasterKeyRotating: event.type === 'master_key_rotation_started' };
}
