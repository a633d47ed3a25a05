// Makes a controller under test, on demand, give only the coming epoch's keys to a node that asks within a
// lead.

import { rmSync, writeFileSync } from 'node:fs';
import type { Fault } from './faults.ts';

export interface CurrentWithheld {
  /** Put this into the controller. */
  readonly fault: Fault;
  begin(): void;
  end(): void;
}

/** @param path a separate file, in an existing folder */
export function currentWithheld(path: string): CurrentWithheld {
  return {
    fault: {
      module: 'apps/controller/src/keys/derive-keys.ts',
      replacedBy: 'e2e/faults/next-keys-alone.ts',
      env: { E2E_CURRENT_WITHHELD_FILE: path },
    },
    begin: () => writeFileSync(path, ''),
    end: () => rmSync(path, { force: true }),
  };
}
