// A floor is the sum that its text says, taken within each round.

import { describe, expect, it } from 'vitest';
import { cpuMicrosOf, distanceToFloor, FLOOR, wallMicrosOf } from '../../src/limits/floor.ts';
import type { PartFigures } from '../../src/limits/part.ts';

const figures = (...cpuMicros: number[]): PartFigures[] =>
  cpuMicros.map((cost) => ({ perSecond: 1e6 / (10 * cost), cpuMicros: cost }));

const question = {
  title: '64 connections',
  of: 'an answer',
  unit: 'µs of CPU',
  costOf: cpuMicrosOf,
  terms: [
    { count: 1, what: 'verification', part: 'ed25519' },
    { count: 2, what: 'HTTP parse', part: 'http', without: 'socket' },
  ],
  parts: new Map([
    ['ed25519', figures(40, 50, 60)],
    ['http', figures(30, 30, 50)],
    ['socket', figures(10, 20, 20)],
  ]),
  measured: [160, 350, 240],
};

describe('a floor', () => {
  it('is the sum of its terms in each round, and the measured cost is compared with it', () => {
    const { baseline, rows, title } = distanceToFloor(question).table;
    expect(title).toBe('64 connections: µs of CPU for an answer, against its floor');
    expect(baseline).toBe(FLOOR);
    expect(rows).toEqual([
      { name: '1 × verification', unit: 'µs of CPU', better: 'neither', median: 50, min: 40, max: 60 },
      { name: '2 × HTTP parse', unit: 'µs of CPU', better: 'neither', median: 40, min: 20, max: 60 },
      { name: FLOOR, unit: 'µs of CPU', better: 'neither', median: 80, min: 70, max: 120 },
      {
        name: 'measured',
        unit: 'µs of CPU',
        better: 'less',
        median: 240,
        min: 160,
        max: 350,
        ratio: { median: 2, min: 2, max: 5 },
      },
    ]);
  });

  it('is said with every term, its cost, and the distance', () => {
    const parts = new Map([
      ['ed25519', figures(40)],
      ['http', figures(30)],
      ['socket', figures(10)],
    ]);
    const { line } = distanceToFloor({ ...question, parts, measured: [160] });
    expect(line).toBe(
      '64 connections: floor: 80 µs of CPU for an answer = 1 × verification (40) + 2 × HTTP parse (40); measured 160: × 2 (2 – 2).',
    );
  });

  it('of time adds the time of each part, one after another', () => {
    const { rows } = distanceToFloor({ ...question, unit: 'µs', costOf: wallMicrosOf }).table;
    expect(rows.map(({ median }) => median)).toEqual([500, 400, 800, 240]);
  });

  it('counts a part as nothing in a round in which it cost less than what it contains', () => {
    const parts = new Map([...question.parts, ['socket', figures(10, 31, 20)]]);
    const { rows } = distanceToFloor({ ...question, parts }).table;
    expect(rows[1]).toMatchObject({ median: 40, min: 0, max: 60 });
  });

  it.each([
    ['a part that was not measured', { parts: new Map([['ed25519', figures(40, 50, 60)]]) }],
    ['other rounds than the parts', { measured: [160] }],
  ])('cannot be had with %s', (_what, change) => {
    expect(() => distanceToFloor({ ...question, ...change })).toThrow(RangeError);
  });
});
