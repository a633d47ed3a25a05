// How a mechanism is switched off in a program under test: for every claim about enforcement there is a run that shows
// that the claim fails without what is said to keep it.

import { join } from 'node:path';

export const FAULTS_VARIABLE = 'MESH_E2E_FAULTS';

/** One module of a program, and what takes its place: paths from the repository's root. */
export interface Fault {
  readonly module: string;
  readonly replacedBy: string;
}

/** Options of Node and variables with which a program runs with these faults. */
export function withFaults(faults: readonly Fault[]): {
  readonly nodeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  if (faults.length === 0) return { nodeArgs: [], env: {} };
  return {
    nodeArgs: ['--import', join(import.meta.dirname, 'replace-module-main.ts')],
    env: { [FAULTS_VARIABLE]: faults.map(({ module, replacedBy }) => `${module}=${replacedBy}`).join(',') },
  };
}
