import { expect, it } from 'vitest';
import { exitCodesHelp } from '../src/index.ts';

it('exit codes are listed with their meanings, in the order of the meanings, after 0', () => {
  expect(
    exitCodesHelp(
      { usage: 2, failed: 1, busy: 11 },
      { failed: 'failed', usage: 'wrong usage', busy: 'busy' },
    ),
  ).toBe('\nExit codes:\n  0  done\n  1  failed\n  2  wrong usage\n  11  busy');
});
