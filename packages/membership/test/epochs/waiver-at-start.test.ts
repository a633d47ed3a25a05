import { type LifeSign, waivedAtStartMs } from '@mesh/membership';
import { describe, expect, it } from 'vitest';

const INTERVAL = 60;
const NOW = 10_000;
const start = (atMs: number): LifeSign => ({ atMs, isStart: true });
const entry = (atMs: number): LifeSign => ({ atMs, isStart: false });
const waived = (...newestFirst: LifeSign[]): number => waivedAtStartMs(newestFirst, NOW, INTERVAL);

describe('the waiver of a start', () => {
  it.each<[string, number, LifeSign[]]>([
    ['the first ever', 60, []],
    ['after a process that lived through its own', 60, [entry(NOW - 1), entry(NOW - 61), start(NOW - 62)]],
    ['after an outage', 60, [start(NOW - 121)]],
    ['in a row, with the row still young', 60, [entry(NOW - 10), start(NOW - 50)]],
    ['in a row, for what is left of it', 20, [start(NOW - 50), start(NOW - 100)]],
    ['in a row that has used everything up', 0, [start(NOW - 40), start(NOW - 80), start(NOW - 120)]],
    ['in a row after an outage', 30, [start(NOW - 45), start(NOW - 90), start(NOW - 300)]],
    ['after a clock that was set back', 60, [start(NOW + 500)]],
  ])('%s is %i', (_which, expected, signs) => {
    expect(waived(...signs)).toBe(expected);
  });

  it('reads no more of the log than needed', () => {
    let read = 0;
    function* endless(): Iterable<LifeSign> {
      for (;;) yield entry(NOW - ++read);
    }
    expect(waivedAtStartMs(endless(), NOW, INTERVAL)).toBe(INTERVAL);
    expect(read).toBeLessThan(100);
  });
});
