// A separate clock for a program under test, which can be moved while the program runs. All hosts of a lab
// share the machine's clock, which stays as it is.

import { renameSync, writeFileSync } from 'node:fs';
import type { Fault } from './faults.ts';

export interface MovableClock {
  /** Put this into the program. */
  readonly fault: Fault;
  /** From now on the wall clock is ahead by this much (negative: behind). The other clocks stay. */
  setWall(aheadMs: number): void;
  /**
   * Acts as if the machine had slept for this long: the boot clock and the wall clock move on.
   */
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

/** @param path a separate file, in an existing folder */
export function movableClock(program: keyof typeof SEAMS, path: string): MovableClock {
  let [wallMs, bootMs] = [0, 0];
  const write = () => {
    // Atomically, because the program may read it at any moment.
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
