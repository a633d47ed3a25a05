// What is recorded of the controller itself, beside nodes, epochs and policies.

import type { ControllerEvent } from '../events/controller-event.ts';
import type { LimitPolicy, LimitsEvent } from '../events/limits-event.ts';
import type { MasterKeyEvent } from '../events/master-key-event.ts';

export interface ControllerFacts {
  /** The pair limits that only officers may loosen; undefined as long as none were recorded. */
  readonly limits: LimitPolicy | undefined;
  /** Whether what is sealed is being sealed again under another master key. */
  readonly isMasterKeyRotating: boolean;
  /** When the master key was last replaced while no controller ran, until a start has recorded it. */
  readonly rotatedAtRestMs: number | undefined;
  /** The backup that the database was restored from, until a start has recorded it. */
  readonly restored: RestoredBackup | undefined;
}

export interface RestoredBackup {
  readonly backupId: string;
  /** How many entries were known to come after it. */
  readonly lostEntries: number;
  /** What the database before had retired of its pools, by their roots. */
  readonly retired: readonly { readonly root: string; readonly indices: readonly number[] }[];
}

type FactsEvent = LimitsEvent | MasterKeyEvent | Extract<ControllerEvent, { type: 'backup_restored' }>;

export const NO_FACTS: ControllerFacts = {
  limits: undefined,
  isMasterKeyRotating: false,
  rotatedAtRestMs: undefined,
  restored: undefined,
};

export function factsAfter(before: ControllerFacts, event: FactsEvent): ControllerFacts {
  if (event.type === 'backup_restored') return { ...before, restored: undefined };
  if (event.type === 'pair_limits_set') return { ...before, limits: event.limits };
  if (event.type === 'master_key_rotated_at_rest') return { ...before, rotatedAtRestMs: undefined };
  return { ...before, isMasterKeyRotating: event.type === 'master_key_rotation_started' };
}
