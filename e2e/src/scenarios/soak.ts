// A controller that is killed at any moment, or loses power, has lost nothing that it told anybody.

import { scenarioOfParts } from '../parts.ts';
import type { Mechanism } from '../scenario.ts';
import { killAtRandom, killAtWrites, losePower } from './soak/parts.ts';

const mechanisms = {
  commit: {
    about: 'a controller that answers before its transaction is committed',
    controller: [
      {
        module: 'packages/host/src/batch-transaction.ts',
        replacedBy: 'e2e/faults/answers-before-commit.ts',
      },
    ],
  },
  sync: {
    about: 'a controller whose database does not wait for the disk',
    controller: [
      { module: 'packages/host/src/open-sqlite.ts', replacedBy: 'e2e/faults/commits-unsynced.ts' },
    ],
  },
} satisfies Record<string, Mechanism>;

export const soakScenario = scenarioOfParts(
  'a controller that is killed or loses power at any moment has lost nothing that it told',
  mechanisms,
  {
    power: {
      about:
        'the power fails at every sync of a recorded run; of what was not synced, nothing or any part survives',
      keptBy: ['sync'],
      quick: true,
      run: losePower,
    },
    writes: {
      about: 'kill -9 at every call that changes a file, in one and the same run of requests',
      keptBy: [],
      quick: true,
      run: killAtWrites,
    },
    kills: {
      about: 'kill -9 at random moments, while it starts and under load',
      keptBy: ['commit'],
      quick: true,
      run: killAtRandom,
    },
  },
  { kills: 'how often it is killed at random (1000)', seed: 'draws the moments of an earlier run' },
);
