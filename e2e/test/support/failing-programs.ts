// Programs for single tests in which one step fails: scripts/lib/bundle-failing-programs.mjs makes them.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BUNDLER = join(import.meta.dirname, '../../../scripts/lib/bundle-failing-programs.mjs');

/** A module by its path from the repository's root, and a function or a class that it exports. */
export type FailingStep = readonly [module: string, name: string];

interface FailingProgram {
  readonly entry: string;
  readonly env: Record<string, string>;
}

export interface FailingPrograms {
  /** The program of an app in which this step throws `fault in NAME`. */
  throwing(app: string, step: FailingStep): FailingProgram;
  /** One in which this class says `closing without end` when it is closed, and never ends that. */
  hanging(app: string, step: FailingStep): FailingProgram;
}

/**
 * @param folder a new one, which the caller removes
 * @param steps what can fail, by app
 * @throws Error if an app loads no such module, or it has no such export
 */
export function bundleFailingPrograms(
  folder: string,
  steps: Readonly<Record<string, readonly FailingStep[]>>,
): FailingPrograms {
  const made = spawnSync(process.execPath, [BUNDLER, folder, JSON.stringify(steps)], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`the programs cannot be bundled: ${made.stdout}${made.stderr}`);
  const program = (app: string, fails: string): FailingProgram => ({
    entry: join(folder, app, 'main.js'),
    // What Node compiles of these bundles goes when they go.
    env: { E2E_FAILS: fails, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
  return {
    throwing: (app, [module, name]) => program(app, `throws ${module} ${name}`),
    hanging: (app, [module, name]) => program(app, `hangs ${module} ${name}`),
  };
}
