// The times in which the packets of a pair count as undisturbed.
import { describe, expect, it } from 'vitest';
import { type Disturbance, isDisturbedAt, quietWindows } from '../src/quiet-windows.ts';

type Name = 'a' | 'b' | 'c';
const ALL = { fromMs: 0, toMs: 1_000 };
const begin = (name: Name, atMs: number): Disturbance<Name> => ({ name, atMs, disturbed: true });
const end = (name: Name, atMs: number): Disturbance<Name> => ({ name, atMs, disturbed: false });

describe('the quiet windows of a pair', () => {
  it.each<[string, Disturbance<Name>[], [number, number][]]>([
    ['are the whole time when nothing is done', [], [[0, 1_000]]],
    ['do not end for what is done to a third node', [begin('c', 300), end('c', 400)], [[0, 1_000]]],
    [
      'leave out a disturbance of either end, and packets that were on their way before it',
      [begin('b', 300), end('b', 400)],
      [
        [0, 250],
        [400, 1_000],
      ],
    ],
    [
      'begin again when the last of two disturbances is over',
      [begin('a', 300), begin('b', 350), end('a', 400), end('b', 500)],
      [
        [0, 250],
        [500, 1_000],
      ],
    ],
    ['end with a disturbance that does not', [begin('a', 300)], [[0, 250]]],
    ['are none before a disturbance at the very beginning', [begin('a', 20), end('a', 990)], [[990, 1_000]]],
  ])('%s', (_what, disturbances, windows) => {
    expect(quietWindows(disturbances, ['a', 'b'], ALL, 50)).toEqual(
      windows.map(([fromMs, toMs]) => ({ fromMs, toMs })),
    );
  });
});

describe('a node', () => {
  it('is disturbed from what is done to it until that stops, whatever is done to others', () => {
    const done = [
      { name: 'a', atMs: 10, disturbed: true },
      { name: 'b', atMs: 15, disturbed: true },
      { name: 'a', atMs: 20, disturbed: false },
    ];
    expect([9, 10, 19, 20].map((atMs) => isDisturbedAt(done, 'a', atMs))).toEqual([false, true, true, false]);
    expect([9, 14, 15, 99].map((atMs) => isDisturbedAt(done, 'b', atMs))).toEqual([false, false, true, true]);
    expect(isDisturbedAt(done, 'c', 12)).toBe(false);
  });
});
