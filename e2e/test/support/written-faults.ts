// Faults for single tests: one export of a module is broken, the others stay.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Fault } from '../../lab/index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = '.cache/written-faults';

/**
 * A fault whose export throws when it is called or constructed, or when a static method is read.
 * @param module path from the repository's root
 * @param name of a function or a class that it exports
 */
export function throwingFault(module: string, name: string): Fault & { readonly message: string } {
  const message = `fault in ${name}`;
  return {
    ...write(
      module,
      name,
      `const fail = () => { throw new Error(${JSON.stringify(message)}); };
export const ${name} = new Proxy(function () {}, { apply: fail, construct: fail, get: () => fail });`,
    ),
    message,
  };
}

/** A fault with a class whose `close` never ends. */
export function endlessClose(module: string, name: string): Fault {
  const body = `export class ${name} extends Original {
  close() {
    console.log('closing without end');
    setInterval(() => undefined, 1_000);
    return new Promise(() => undefined);
  }
}`;
  return write(module, name, body);
}

function write(module: string, name: string, body: string): Fault {
  const replacedBy = `${FOLDER}/${process.pid}-${name}.mjs`;
  const original = JSON.stringify(pathToFileURL(join(ROOT, module)).href);
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  writeFileSync(
    join(ROOT, replacedBy),
    `export * from ${original};\nimport { ${name} as Original } from ${original};\n${body}\n`,
  );
  return { module, replacedBy };
}
