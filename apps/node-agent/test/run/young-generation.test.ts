// The memory of new objects does not grow with what the agent makes and drops (decision 0030).

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FLAG = join(import.meta.dirname, '../../src/young-generation.ts');

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

function newSpaceMiB(imports: readonly string[]): number {
  const args = [...imports.flatMap((file) => ['--import', file]), '--input-type=module', '--eval', CHURN];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return Number(stdout.split(' ')[0]);
}

it('the space for new objects stays small, and would grow without the flag', () => {
  expect(newSpaceMiB([FLAG])).toBeLessThan(8);
  expect(newSpaceMiB([])).toBeGreaterThan(16);
});
