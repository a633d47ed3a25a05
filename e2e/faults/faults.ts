// Switches a mechanism off in a program under test, or makes something in it fail. For every claim about
// enforcement, a run shows that the claim fails without the mechanism that should keep it.

import { join } from 'node:path';

/** It does not start with MESH_, because the programs refuse unknown names with that prefix. */
export const FAULTS_VARIABLE = 'E2E_FAULTS';

/** One module of a program, and its replacement: paths from the repository's root. */
export interface Fault {
  readonly module: string;
  readonly replacedBy: string;
  /** What the replacement reads from its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Options of Node and variables with which a program runs with these faults. */
export function withFaults(faults: readonly Fault[]): {
  readonly nodeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  if (faults.length === 0) return { nodeArgs: [], env: {} };
  return {
    nodeArgs: ['--import', join(import.meta.dirname, 'replace-module-main.ts')],
    env: {
      ...Object.assign({}, ...faults.map(({ env }) => env)),
      [FAULTS_VARIABLE]: faults.map(({ module, replacedBy }) => `${module}=${replacedBy}`).join(','),
    },
  };
}
