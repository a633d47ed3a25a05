// Switches a userspace API on and off that fails half-way, in a program under test.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Fault } from './faults.ts';

export interface HalfSets {
  /** To be put into the agent. */
  readonly fault: Fault;
  /** From now on every set with several peers stops after its first. */
  begin(): void;
  /** @returns how many sets failed */
  end(): number;
}

/** @param path a file of its own, in a folder that is there */
export function halfSets(path: string): HalfSets {
  return {
    fault: {
      module: 'apps/node-agent/src/tunnel/uapi-socket.ts',
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
