// What the controller packs, the page reads: for meshes that are full, sparse, and in between.

import { expect, it } from 'vitest';
import { encodeRuns } from '../../../apps/controller/src/http/respond/live/encode-runs.ts';
import { PackedRuns } from '../../../apps/dashboard/src/live/packed-runs.ts';

const pack = (tunnels: readonly (readonly [number, number])[]): string =>
  Buffer.from(encodeRuns(tunnels.map(([n, age]) => [n, age]))).toString('base64');

it.each([
  ['none', []],
  ['one', [[0, 0]]],
  ['one far away', [[70_000, 300]]],
  [
    'out of order',
    [
      [9, 1],
      [3, 2],
      [4, 3],
      [8, 200],
      [2, 70_000],
    ],
  ],
  [
    'a full mesh without the node itself',
    Array.from({ length: 999 }, (_, at) => [at < 500 ? at : at + 1, at]),
  ],
  ['every third', Array.from({ length: 300 }, (_, at) => [at * 3 + 1, at * 7])],
] as const)('%s: each tunnel has its value, and no other number has one', (_name, tunnels) => {
  const read = new PackedRuns(pack(tunnels as readonly [number, number][]));
  const expected = new Map(tunnels as readonly (readonly [number, number])[]);
  for (let n = 0; n < 1_200; n += 1) expect(read.valueOf(n)).toBe(expected.get(n));
  for (const [n, age] of expected) expect(read.valueOf(n)).toBe(age);
});

it('has few bytes where there are few tunnels, whatever their numbers are, and less than two a tunnel in a full mesh', () => {
  const few = Array.from({ length: 10 }, (_, at): [number, number] => [at * 997, 60]);
  expect(Buffer.from(pack(few), 'base64').length).toBeLessThanOrEqual(40);
  const full = Array.from({ length: 1_000 }, (_, at): [number, number] => [at, (at * 17) % 190]);
  expect(Buffer.from(pack(full), 'base64').length).toBeLessThan(1_500);
});

it('an end that is cut off has no tunnels beyond it', () => {
  const whole = Buffer.from(
    pack([
      [1, 5],
      [2, 6],
      [3, 7],
    ]),
    'base64',
  );
  for (let length = 0; length < whole.length; length += 1) {
    const read = new PackedRuns(whole.subarray(0, length).toString('base64'));
    expect(read.valueOf(3)).toBeUndefined();
  }
});
