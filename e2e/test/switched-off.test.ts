// What each mechanism is switched off with. The runs themselves take minutes, and most of them are started by
// hand, so a module that was moved or renamed would go unnoticed until then.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { Fault } from '../faults/faults.ts';
import { scenarios } from '../src/scenarios.ts';

const ROOT = join(import.meta.dirname, '../..');

const switches = Object.entries(scenarios).flatMap(([scenario, { mechanisms }]) =>
  Object.entries(mechanisms).map(([mechanism, { agents = [], controller = [], agentSettings }]) => ({
    name: `${scenario} --without ${mechanism}`,
    faults: [...agents, ...controller],
    agentSettings,
  })),
);

/** The modules that a fault imports by their own paths: what it replaces is one of them. */
const importsOf = ({ replacedBy }: Fault): string[] =>
  [...readFileSync(join(ROOT, replacedBy), 'utf8').matchAll(/ from '(\.[^']+)'/g)].map(([, path = '']) =>
    join(ROOT, dirname(replacedBy), path),
  );

it.each(switches)(
  '$name replaces a module that is there, by a fault that has all its names',
  async ({ faults, agentSettings }) => {
    expect(faults.length > 0 || agentSettings !== undefined).toBe(true);
    for (const fault of faults) {
      expect(existsSync(join(ROOT, fault.module)), `there is no ${fault.module}`).toBe(true);
      expect(existsSync(join(ROOT, fault.replacedBy)), `there is no ${fault.replacedBy}`).toBe(true);
      expect(importsOf(fault)).toContain(join(ROOT, fault.module));
      // A program that misses a name does not even start.
      const [module, replacement] = await Promise.all(
        [fault.module, fault.replacedBy].map((path) => import(pathToFileURL(join(ROOT, path)).href)),
      );
      expect(Object.keys(replacement)).toEqual(expect.arrayContaining(Object.keys(module)));
    }
  },
);
