// Loaded into a program under test before its own code (`node --import`): replaces one of the program's
// modules by a fault. The program does not know about it, so no switch for it ships.
//
// E2E_FAULTS names pairs "MODULE=FAULT", separated by ",": paths from the repository's root. A fault imports
// what it replaces by that module's own path, and exports the same names.

import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FAULTS_VARIABLE } from './faults.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const replacements = new Map(
  (process.env[FAULTS_VARIABLE] ?? '').split(',').map((pair): [string, string] => {
    const [module = '', fault = ''] = pair.split('=').map((path) => join(ROOT, path));
    for (const file of [module, fault]) if (!existsSync(file)) throw new Error(`there is no ${file}`);
    return [pathToFileURL(module).href, pathToFileURL(fault).href];
  }),
);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const fault = replacements.get(found.url);
    return fault === undefined || fault === context.parentURL ? found : { ...found, url: fault };
  },
});
