// A clock of its own for a program under test, which can be moved while the program runs. The machine's clock is
// shared by all hosts of a lab and stays as it is.

import { renameSync, writeFileSync } from 'node:fs';
import type { Fault } from './faults.ts';

export interface MovableClock {
  /** To be put into the program. */
  readonly fault: Fault;
  /** From now on the wall clock is ahead by that much (negative: behind). The others are as they were. */
  setWall(aheadMs: number): void;
  /** The machine has slept so long: the clock that runs through suspend has gone on, and so has the wall clock. */
  sleep(ms: number): void;
}

const SEAMS = {
  agent: {
    module: 'apps/node-agent/src/settings/test-clock.ts',
    replacedBy: 'e2e/faults/moved-agent-clock.ts',
  },
  controller: {
    module: 'apps/controller/src/compose.ts',
    replacedBy: 'e2e/faults/moved-controller-clock.ts',
  },
} as const;

/** @param path a file of its own, in a folder that is there */
export function movableClock(program: keyof typeof SEAMS, path: string): MovableClock {
  let [wallMs, bootMs] = [0, 0];
  const write = () => {
    // Whole or not at all: the program reads it at any moment.
    writeFileSync(`${path}.new`, JSON.stringify({ wallMs, bootMs }));
    renameSync(`${path}.new`, path);
  };
  write();
  return {
    fault: { ...SEAMS[program], env: { E2E_CLOCK_FILE: path } },
    setWall: (aheadMs) => {
      wallMs = aheadMs;
      write();
    },
    sleep: (ms) => {
      wallMs += ms;
      bootMs += ms;
      write();
    },
  };
}
