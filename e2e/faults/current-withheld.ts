// Switches it on and off, in a controller under test, that who asks within a lead is given the coming epoch's keys alone.

import { rmSync, writeFileSync } from 'node:fs';
import type { Fault } from './faults.ts';

export interface CurrentWithheld {
  /** To be put into the controller. */
  readonly fault: Fault;
  begin(): void;
  end(): void;
}

/** @param path a file of its own, in a folder that is there */
export function currentWithheld(path: string): CurrentWithheld {
  return {
    fault: {
      module: 'apps/controller/src/publish/derive-keys.ts',
      replacedBy: 'e2e/faults/next-keys-alone.ts',
      env: { E2E_CURRENT_WITHHELD_FILE: path },
    },
    begin: () => writeFileSync(path, ''),
    end: () => rmSync(path, { force: true }),
  };
}
