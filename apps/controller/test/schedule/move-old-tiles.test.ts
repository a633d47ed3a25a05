// Tiles move at the start and once an hour: those that are old enough and that the folder's checkpoint
// covers.

import { createLogger } from '@mesh/host';
import { FakeClock, waitUntil } from '@mesh/host/test-kit';
import { expect, it } from 'vitest';
import { MoveOldTiles } from '../../src/schedule/move-old-tiles.ts';

const HOUR_MS = 3_600_000;

function start(covered: number, faults: Error[] = []) {
  const clock = new FakeClock({ nowMs: Date.UTC(2030, 0, 10) });
  const asked: number[] = [];
  const lines: string[] = [];
  let left = 0;
  const moves = new MoveOldTiles({
    folder: '/www',
    afterDays: 2,
    covered: () => covered,
    // One entry an hour.
    firstEntryFrom: (atMs) => Math.floor(atMs / HOUR_MS),
    moveNext: (_folder, before) => {
      asked.push(before);
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
      left = left === 0 ? 2 : left - 1;
      return left > 0;
    },
    clock,
    timers: clock,
    logger: createLogger({ destination: { write: (line) => void lines.push(line) } }),
  });
  moves.start();
  return { clock, moves, asked, lines };
}
const OLD = Date.UTC(2030, 0, 8) / HOUR_MS;

it('those that are old enough move, one after the other, again and again', async () => {
  const { clock, moves, asked } = start(Number.MAX_SAFE_INTEGER);
  await moves.work();
  expect(asked).toEqual([OLD, OLD, OLD]);
  await clock.advance(HOUR_MS);
  await waitUntil('the next hour to be looked at', () => asked.length === 6);
  expect(asked.slice(3)).toEqual([OLD + 1, OLD + 1, OLD + 1]);
  await moves.close();
  await clock.advance(HOUR_MS);
  expect(asked).toHaveLength(6);
});

it('none moves that the checkpoint in the folder does not cover', async () => {
  const { moves, asked } = start(300);
  await moves.work();
  expect(new Set(asked)).toEqual(new Set([300]));
  await moves.close();
});

it('a fault of the folder is reported, and ends the work for an hour', async () => {
  const { clock, moves, asked, lines } = start(300, [new Error('no such file')]);
  await moves.work();
  expect(asked).toHaveLength(1);
  expect(lines.join()).toContain('could not be moved');
  await clock.advance(HOUR_MS);
  await waitUntil('it is tried again', () => asked.length > 1);
  await moves.close();
});
