// Which file a test starts when it runs a program or a worker thread of an app.

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';

const APPS = join(import.meta.dirname, '../../../../apps');

/**
 * @param source absolute path of a program's source
 * @returns its bundle, in a test run that made bundles (scripts/lib/bundle-programs.mjs). Otherwise, and for
 *   a program that has none, its source
 */
export function programFile(source: string): string {
  const folder = process.env.TEST_PROGRAMS;
  const [, app, name] =
    /^([\w-]+)\/src\/(?:.+\/)?(main|[\w-]+-(?:worker|child))\.ts$/.exec(relative(APPS, source)) ?? [];
  if (folder === undefined || app === undefined) return source;
  const bundles = ['js', 'cjs'].map((ending) => join(folder, app, `${name}.${ending}`));
  const bundle = bundles.find((file) => existsSync(file));
  if (bundle === undefined) throw new Error(`${bundles[0]} is not there: start the test run again`);
  return bundle;
}
