// Each flag that keeps the agent's memory small still has its effect (decision 0030), since flags of V8 can
// change with Node.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FLAGS = join(import.meta.dirname, '../../src/small-memory.ts');

/**
 * Makes and drops 4 million objects, of which 20,000 live at a time. Prints the MiB that V8 keeps for new
 * objects.
 */
const CHURN = `
const v8 = await import('node:v8');
let kept = [];
for (let round = 0; round < 200; round++) {
  kept = Array.from({ length: 20_000 }, (_, at) => ({ at, text: 'text ' + at }));
}
const space = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
process.stdout.write(String(space.space_size / 1_048_576) + ' ' + kept.length);
`;

/** Keeps 100,000 objects, of which each is replaced 40 times. Prints how often V8 collected all objects. */
const REPLACE = `
const { PerformanceObserver } = await import('node:perf_hooks');
let collections = 0;
const count = (list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === 4) collections += 1;
};
const observer = new PerformanceObserver(count);
observer.observe({ entryTypes: ['gc'] });
const kept = new Array(100_000);
for (let round = 0; round < 40; round++) {
  for (let at = 0; at < kept.length; at++) kept[at] = { at, text: 'text ' + at + round };
}
await new Promise(setImmediate);
count({ getEntries: () => observer.takeRecords() });
process.stdout.write(String(collections) + ' ' + kept.length);
`;

/** Calls a function 3,000 times. With --trace-opt, V8 says whether it compiles it once more. */
const CALL = `
const fewCalls = ({ x }, y) => x + y;
let sum = 0;
for (let at = 0; at < 3_000; at++) sum += fewCalls({ x: at }, 1);
process.stdout.write(String(sum));
`;

function printed(script: string, imports: readonly string[], options: readonly string[] = []): string {
  const args = [...options, ...imports.flatMap((file) => ['--import', file])];
  const { stdout, stderr } = spawnSync(process.execPath, [...args, '--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout;
}

const numberOf = (script: string, imports: readonly string[]) =>
  Number(printed(script, imports).split(' ')[0]);

it('the space for new objects stays small, and would grow without the flag', () => {
  expect(numberOf(CHURN, [FLAGS])).toBeLessThan(8);
  expect(numberOf(CHURN, [])).toBeGreaterThan(16);
});

it('old objects are collected sooner', () => {
  expect(numberOf(REPLACE, [FLAGS])).toBeGreaterThan(2 * numberOf(REPLACE, []));
});

it('a function that is called a few thousand times is not compiled once more, as it would be otherwise', () => {
  const isCompiled = (imports: readonly string[]) =>
    printed(CALL, imports, ['--trace-opt']).includes('<JSFunction fewCalls');
  expect([isCompiled([FLAGS]), isCompiled([])]).toEqual([false, true]);
});
