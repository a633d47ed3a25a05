// Attacks on the whole: whoever does not belong does not get in, nothing is carried out twice, and no secret
// is where it does not belong.

import { scenarioOfParts } from '../parts.ts';
import type { Mechanism } from '../scenario.ts';
import { fuzzForLong } from './security/fuzz.ts';
import { fuzzOtherDoors } from './security/fuzz-other-doors.ts';
import { scanForLeaks } from './security/leaks.ts';
import { SEQUENCES, SIGNATURES, SILENCE } from './security/mechanisms.ts';
import { runTestFiles } from './security/test-files.ts';

const mechanisms = {
  signatures: SIGNATURES,
  sequences: SEQUENCES,
  silence: SILENCE,
} satisfies Record<string, Mechanism>;

const CONTROLLER_TESTS = 'apps/controller/test';

export const securityScenario = scenarioOfParts(
  'a million attacks change nothing, no certificate but its own lets a node in, a recorded run gains nothing, no secret leaks',
  mechanisms,
  {
    fuzz: {
      about: 'a million malformed, forged and late requests at every route of every door',
      keptBy: ['signatures', 'sequences'],
      quick: true,
      run: fuzzForLong,
    },
    other_doors: {
      about: 'the same at every route of a witness and at the control socket of an agent',
      keptBy: [],
      quick: true,
      run: fuzzOtherDoors,
    },
    certificates: {
      about: 'every kind of certificate that is not the caller’s own',
      keptBy: [],
      quick: true,
      run: (run) =>
        runTestFiles(run, [
          `${CONTROLLER_TESTS}/http/certificates.test.ts`,
          `${CONTROLLER_TESTS}/http/identity.test.ts`,
        ]),
    },
    ciphers: {
      about: 'every class of cases that Project Wycheproof has for what is used here',
      keptBy: [],
      quick: true,
      run: (run) =>
        runTestFiles(run, [
          'packages/primitives/test/wycheproof-ed25519.test.ts',
          'packages/primitives/test/wycheproof-hkdf.test.ts',
          'packages/host/test/wycheproof-aes-gcm.test.ts',
          `${CONTROLLER_TESTS}/trust/wycheproof-signatures.test.ts`,
          `${CONTROLLER_TESTS}/trust/wycheproof-x25519.test.ts`,
          `${CONTROLLER_TESTS}/trust/wycheproof-chacha20-poly1305.test.ts`,
        ]),
    },
    replay: {
      about: 'a recorded run, sent again at once, after a restart and to another mesh',
      keptBy: [],
      quick: true,
      run: (run) => runTestFiles(run, [`${CONTROLLER_TESTS}/http/replay.test.ts`]),
    },
    leaks: {
      about: 'a mesh with known secrets, which are looked for everywhere',
      keptBy: ['silence'],
      quick: true,
      run: scanForLeaks,
    },
  },
);
