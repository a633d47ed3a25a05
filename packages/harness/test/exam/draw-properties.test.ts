// Draws have no favourites: counts of many draws against what is expected, by Pearson's χ².

import { parseNodeId } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawStream } from '../../src/exam/draw-stream.ts';
import { drawExam, eligibleNodes } from '../../src/index.ts';
import { bytesOf, exampleDraw, nodes } from './example-pool.ts';

const chiSquared = (counts: readonly number[], expected: number) =>
  counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
/**
 * Draws follow from their seeds, so this is no matter of chance: mean and standard deviation of χ² with that
 * many degrees of freedom, and four deviations.
 */
const most = (degrees: number) => degrees + 4 * Math.sqrt(2 * degrees);

describe('the stream', () => {
  it.each([2, 3, 7, 10, 1_000])('gives each number below %i as often as the others', (limit) => {
    const below = drawStream(bytesOf(1), 'test');
    const counts = new Array<number>(limit).fill(0);
    const draws = 20 * Math.max(limit, 500);
    for (let draw = 0; draw < draws; draw++) {
      const number = below(limit);
      counts[number] = (counts[number] ?? 0) + 1;
    }
    expect(chiSquared(counts, draws / limit)).toBeLessThan(most(limit - 1));
  });

  it('rejects words beyond the last whole multiple: of 3 · 2^30 numbers, all are as likely', () => {
    // Without rejection a third of them would be twice as likely as the others.
    const below = drawStream(bytesOf(2), 'test');
    let low = 0;
    for (let draw = 0; draw < 3_000; draw++) if (below(3 * 2 ** 30) < 2 ** 30) low += 1;
    expect(Math.abs(low - 1_000)).toBeLessThan(4 * Math.sqrt((3_000 * 2) / 9));
  });

  it('is another one for another label or id, and joins them without a doubt', () => {
    const first = (label: string, id?: string) => {
      const below = drawStream(bytesOf(3), label, id);
      return [below(2 ** 32), below(2 ** 32)].join();
    };
    expect(new Set([first('a'), first('b'), first('a', 'b'), first('ab'), first('', 'ab')]).size).toBe(5);
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('refuses a draw among %d', (limit) => {
    expect(() => drawStream(bytesOf(1), 'test')(limit)).toThrow(RangeError);
  });
});

describe('over many exams', () => {
  const DRAWS = 2_000;
  const drawn = Array.from({ length: DRAWS }, (_one, number) =>
    drawExam(exampleDraw({ challenge: bytesOf(number), pairs: [] })),
  );
  const count = <T>(all: readonly T[]): number[] => {
    const counts = new Map<T, number>();
    for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
    return [...counts.values()];
  };

  it('each node examines as often as the others, and in each place', () => {
    const places = [0, 1, 2].map((place) => drawn.map(({ assignments }) => assignments[place]?.examinerId));
    for (const place of places) {
      expect(count(place)).toHaveLength(9);
      expect(chiSquared(count(place), DRAWS / 9)).toBeLessThan(most(8));
    }
  });

  it('each item is asked as often as the others, and first as often as the others', () => {
    const lists = drawn.flatMap(({ assignments }) => assignments.map(({ items }) => items));
    expect(count(lists.flat())).toHaveLength(30);
    expect(chiSquared(count(lists.flat()), (lists.length * 12) / 30)).toBeLessThan(most(29));
    expect(chiSquared(count(lists.map(([first]) => first)), lists.length / 30)).toBeLessThan(most(29));
  });

  it('each pair is asked as often as the others, a quarter as many as items, and no other pair', () => {
    const { pairs } = exampleDraw();
    const found = Array.from({ length: DRAWS }, (_one, number) =>
      drawExam(exampleDraw({ challenge: bytesOf(number) })).assignments.map(({ items }) =>
        pairs.flatMap(([known, paraphrase], at) =>
          items.includes(known) && items.includes(paraphrase) ? [at] : [],
        ),
      ),
    ).flat();
    expect(found.every((whole) => whole.length === 3)).toBe(true);
    expect(chiSquared(count(found.flat()), (found.length * 3) / 5)).toBeLessThan(most(4));
  });
});

describe('any draw', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { maxLength: 40 });
  const inputs = fc.record({
    seed: fc.integer({ min: 0, max: 1e6 }),
    eligible: ids,
    live: ids.map((list) => list.sort((one, other) => one - other)),
    examiners: fc.integer({ min: 1, max: 9 }),
    items: fc.integer({ min: 1, max: 60 }),
    pairs: fc.array(fc.integer({ min: 0, max: 499 }), { maxLength: 10 }),
    shuffle: fc.integer({ min: 0, max: 39 }),
  });

  it('is of eligible nodes and live items, as many as there are, whatever the order of the lists', () => {
    fc.assert(
      fc.property(inputs, ({ seed, eligible, live, examiners, items, pairs: knowns, shuffle }) => {
        const list = eligible.map((at) => parseNodeId(`node-${String(at).padStart(3, '0')}`));
        const pairs = [...new Set(knowns)].map((known) => [2 * known, 2 * known + 1] as const);
        const draw = exampleDraw({
          challenge: bytesOf(seed),
          eligible: eligibleNodes(list),
          live,
          examiners,
          items,
          pairs,
        });
        const { assignments } = drawExam(draw);
        const others = list.filter((id) => id !== draw.nodeId);
        expect(assignments).toHaveLength(Math.min(examiners, others.length));
        for (const one of assignments) {
          expect(others).toContain(one.examinerId);
          expect(new Set(one.items).size).toBe(one.items.length);
          expect(one.items.every((index) => live.includes(index))).toBe(true);
          expect(one.items.length).toBeLessThanOrEqual(Math.min(items, live.length));
          // Only a twin of a pair that was not drawn together is left out.
          const twins = pairs.filter((pair) => pair.every((index) => live.includes(index))).length;
          expect(one.items.length).toBeGreaterThanOrEqual(Math.min(items, live.length - twins));
        }
        const turned = [...list.slice(shuffle), ...list.slice(0, shuffle)];
        const again = drawExam({ ...draw, eligible: eligibleNodes(turned), pairs: pairs.toReversed() });
        expect(again.assignments).toEqual(assignments);
      }),
    );
  });

  it('of a node that is listed twice, or of items out of order, is refused', () => {
    const refused = expect.objectContaining({ code: 'invalid_draw' });
    expect(() => eligibleNodes([...nodes(3), ...nodes(1)])).toThrow(refused);
    for (const live of [[1, 0], [0, 0], [-1], [0.5]])
      expect(() => drawExam(exampleDraw({ live }))).toThrow(refused);
  });
});
