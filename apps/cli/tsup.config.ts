import type { Options } from 'tsup';
import { appBuild } from '../../tsup.base.ts';

// Of @mesh/host meshctl needs one function: what the rest imports (SQLite, logging, YAML) stays out, and so
// do imports of those alone, so that meshctl installs without a native module.
export default {
  ...(appBuild({ main: 'src/main.ts' }) as Options),
  external: ['better-sqlite3', 'pino', 'yaml'],
  treeshake: { moduleSideEffects: 'no-external' },
} satisfies Options;
