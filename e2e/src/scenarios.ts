// Every scenario, under the name with which it is run.

import type { Scenario } from './scenario.ts';
import { denialScenario } from './scenarios/denial.ts';
import { driftScenario } from './scenarios/drift.ts';
import { examinersScenario } from './scenarios/examiners.ts';
import { keysScenario } from './scenarios/keys.ts';
import { leasesScenario } from './scenarios/leases.ts';
import { policingScenario } from './scenarios/policing.ts';
import { readmissionScenario } from './scenarios/readmission.ts';
import { rotationScenario } from './scenarios/rotation.ts';
import { securityScenario } from './scenarios/security.ts';
import { soakScenario } from './scenarios/soak.ts';
import { strictScenario } from './scenarios/strict.ts';
import { weakHostScenario } from './scenarios/weak-host.ts';

export const scenarios: Readonly<Record<string, Scenario>> = {
  rotation: rotationScenario,
  denial: denialScenario,
  readmission: readmissionScenario,
  leases: leasesScenario,
  policing: policingScenario,
  strict: strictScenario,
  keys: keysScenario,
  security: securityScenario,
  soak: soakScenario,
  'weak-host': weakHostScenario,
  drift: driftScenario,
  examiners: examinersScenario,
};
