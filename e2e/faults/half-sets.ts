// Switches on and off, in a program under test, a userspace API that fails half-way.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Fault } from './faults.ts';

export interface HalfSets {
  /** Put this into the agent. */
  readonly fault: Fault;
  /** From now on, every set with several peers stops after the first peer. */
  begin(): void;
  /** @returns how many sets failed */
  end(): number;
}

/** @param path a separate file, in an existing folder */
export function halfSets(path: string): HalfSets {
  return {
    fault: {
      module: 'packages/wg-device/src/uapi/uapi-socket.ts',
      replacedBy: 'e2e/faults/half-set.ts',
      env: { E2E_HALF_SET_FILE: path },
    },
    begin: () => writeFileSync(path, ''),
    end: () => {
      const failed = readFileSync(path, 'utf8').length;
      rmSync(path);
      return failed;
    },
  };
}
