// What there is one of in a mesh, for example its policies and its CA. A change replaces each as a whole.

import { defined } from '@mesh/primitives';
import type { RecentCut } from '@mesh/scoring';
import { type CaState, NO_CA } from './ca.ts';
import { type ConfigKeyState, ONE_CONFIG_KEY } from './config-keys.ts';
import { type ControllerFacts, NO_FACTS } from './controller-facts.ts';
import { type LogKeyState, ONE_LOG_KEY } from './log-keys.ts';
import type { StateChanges } from './mesh-view.ts';
import { NO_POLICIES, type Policies } from './policies.ts';
import type { EpochRecord, OfficerSet } from './records.ts';

/** They mean what the functions of `MeshView` with the same names say. */
export interface SingleRecords {
  readonly epochs: readonly EpochRecord[];
  readonly policies: Policies;
  readonly recentCuts: readonly RecentCut[];
  /** Absent as long as no officers were ever set. */
  readonly officers?: OfficerSet;
  readonly ca: CaState;
  readonly controllerFacts: ControllerFacts;
  readonly configKeys: ConfigKeyState;
  readonly logKeys: LogKeyState;
}

/** Those of a mesh in which nothing has happened. */
export const FIRST_RECORDS: SingleRecords = {
  epochs: [],
  policies: NO_POLICIES,
  recentCuts: [],
  ca: NO_CA,
  controllerFacts: NO_FACTS,
  configKeys: ONE_CONFIG_KEY,
  logKeys: ONE_LOG_KEY,
};

/** Those that a change replaces. */
export function replacedBy(changes: StateChanges): Partial<SingleRecords> {
  const { epochs, policies, recentCuts, officers, ca, controllerFacts, configKeys, logKeys } = changes;
  return defined({ epochs, policies, recentCuts, officers, ca, controllerFacts, configKeys, logKeys });
}
