// What a program opened is closed on every path, and the first error is thrown.

import { expect, it } from 'vitest';
import { owning } from '../src/index.ts';

it('closes the last first, even if the body throws or a close fails, and throws the first error', async () => {
  const closed: string[] = [];
  const open = (fail: boolean) =>
    owning(async (own) => {
      own(() => closed.push('lock'));
      own(async () => {
        closed.push('journal');
        throw new Error('close failed');
      });
      own(() => closed.push('socket'));
      if (fail) throw new Error('start failed');
    });
  await expect(open(true)).rejects.toThrow('start failed');
  await expect(open(false)).rejects.toThrow('close failed');
  expect(closed).toEqual(['socket', 'journal', 'lock', 'socket', 'journal', 'lock']);
});
