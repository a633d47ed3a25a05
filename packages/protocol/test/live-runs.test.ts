// The live state's values of tunnels and paths: what is written is read, for meshes that are full, sparse,
// and in between.

import { decodeBase64, encodeBase64 } from '@mesh/primitives';
import {
  decodeLiveHandshake,
  decodeLivePath,
  encodeLiveHandshake,
  encodeLivePath,
  encodeLiveRuns,
  type LivePath,
  LiveRuns,
} from '@mesh/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const encoded = (values: Iterable<readonly [number, number]>): string =>
  encodeLiveRuns([...values].map(([n, value]) => [n, value]));

describe('runs', () => {
  it('have these bytes', () => {
    const values = [
      [9, 1],
      [3, 2],
      [4, 300],
      [8, 0],
    ] as const;
    expect([...decodeBase64(encoded(values))]).toEqual([3, 2, 2, 0xac, 0x02, 3, 2, 0, 1]);
  });

  it('give each number its value, and no other number one', () => {
    const number = fc.nat({ max: 300 });
    const runs = fc.array(fc.tuple(fc.oneof(number, fc.nat({ max: 70_000 })), fc.nat({ max: 40 })));
    fc.assert(
      fc.property(runs, fc.infiniteStream(fc.nat({ max: 2 ** 32 - 1 })), (written, stream) => {
        const expected = new Map<number, number>();
        for (const [first, count] of written)
          for (let n = first; n < first + count; n += 1) expected.set(n, stream.next().value);
        const read = new LiveRuns(encoded(expected));
        for (const [n, value] of expected) expect(read.valueOf(n)).toBe(value);
        for (const n of expected.keys()) expect(read.valueOf(n + 1)).toBe(expected.get(n + 1));
        for (let n = 0; n < 400; n += 1) expect(read.valueOf(n)).toBe(expected.get(n));
      }),
    );
  });

  it('of a full mesh without the node itself are two', () => {
    const all = Array.from({ length: 999 }, (_, at) => [at < 500 ? at : at + 1, at] as const);
    const read = new LiveRuns(encoded(all));
    for (const [n, value] of all) expect(read.valueOf(n)).toBe(value);
    expect([read.valueOf(500), read.valueOf(1_000)]).toEqual([undefined, undefined]);
  });

  it('have few bytes where there are few tunnels, whatever their numbers are, and less than two a tunnel in a full mesh', () => {
    const few = Array.from({ length: 10 }, (_, at) => [at * 997, 60] as const);
    expect(decodeBase64(encoded(few)).length).toBeLessThanOrEqual(40);
    const full = Array.from({ length: 1_000 }, (_, at) => [at, (at * 17) % 190] as const);
    expect(decodeBase64(encoded(full)).length).toBeLessThan(1_500);
  });

  it('that are cut off have no values beyond that', () => {
    const whole = decodeBase64(
      encoded([
        [1, 5],
        [2, 6],
        [3, 7],
      ]),
    );
    for (let length = 0; length < whole.length; length += 1)
      expect(new LiveRuns(encodeBase64(whole.subarray(0, length))).valueOf(3)).toBeUndefined();
    expect(new LiveRuns(encodeBase64(whole)).valueOf(3)).toBe(7);
  });
});

it('a handshake is read to the second, and none as none', () => {
  expect([encodeLiveHandshake(undefined), encodeLiveHandshake(0), encodeLiveHandshake(1_600)]).toEqual([
    0, 1, 3,
  ]);
  expect(decodeLiveHandshake(encodeLiveHandshake(undefined))).toBeUndefined();
  fc.assert(
    fc.property(fc.nat({ max: 10_000_000 }), (seconds) => {
      expect(decodeLiveHandshake(encodeLiveHandshake(seconds * 1_000))).toBe(seconds * 1_000);
    }),
  );
});

it('a path is read to the percent and the tenth of a millisecond, and no answer as none', () => {
  expect(encodeLivePath({ kind: 'measured', rttMs: 12.34, loss: 0.052 })).toBe(1 + 5 + 101 * 123);
  expect(encodeLivePath({ kind: 'no_answer' })).toBe(0);
  expect(decodeLivePath(0)).toEqual({ kind: 'no_answer' });
  fc.assert(
    fc.property(fc.nat({ max: 600_000 }), fc.nat({ max: 100 }), (tenths, percent) => {
      const path: LivePath = { kind: 'measured', rttMs: tenths / 10, loss: percent / 100 };
      expect(decodeLivePath(encodeLivePath(path))).toEqual(path);
    }),
  );
});
