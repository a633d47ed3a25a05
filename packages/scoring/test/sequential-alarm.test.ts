// The alarm over many results: a node that sinks slowly is denied, and one that meets its limit is hardly
// ever denied by chance, however often it measures.

import { evaluate, explainNode, nextWatch, type Policy, type Watch } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../src/statistics/seeded-random.ts';
import { benchmarkOf, evidenceOf, policyOf, T0 } from './support/example-evidence.ts';

const alarmed = (over: object = {}, alarm: object = {}): Policy =>
  policyOf({
    threshold: 0.5,
    floors: { refusal: 0.7 },
    alarm: { promptsPerFalseCut: 1_000, ...alarm },
    ...over,
  });

/** Results of 20 prompts each, 20 s apart, with these numbers of good answers for `refusal`. */
function watchOver(
  policy: Policy,
  goods: readonly number[],
  from?: Watch,
  className?: string,
): Watch | undefined {
  return goods.reduce<Watch | undefined>(
    (watch, good, at) => nextWatch(policy, watch, resultAt(at, good), className),
    from,
  );
}
const resultAt = (at: number, good: number, over: object = {}) =>
  benchmarkOf({
    scores: { overall: 0.9, refusal: good / 20 },
    samples: { overall: 20, refusal: 20 },
    measuredAtMs: T0 + at * 20_000,
    arrivedAtMs: T0 + at * 20_000,
    ...over,
  });
const judged = (policy: Policy, watch: Watch | undefined, over: object = {}) =>
  evaluate(policy, evidenceOf({ membership: 'admitted', watch, ...over }), T0);

describe('the alarm', () => {
  it('denies a node whose every result passes by interval, once they show together that it has sunk', () => {
    const policy = alarmed({ decision: 'interval', floors: { refusal: 0.7 } });
    // 12 of 20 lie between 0.39 and 0.78: undecided each time.
    let watch: Watch | undefined;
    const standings: string[] = [];
    for (let at = 0; at < 12; at++) {
      const latest = resultAt(at, 12);
      watch = nextWatch(policy, watch, latest);
      standings.push(
        judged(policy, watch, { latest: { ...latest, arrivedAtMs: T0, measuredAtMs: T0 } }).standing,
      );
    }
    const rang = standings.indexOf('denied');
    expect(standings.slice(0, rang)).toEqual(Array(rang).fill('declining'));
    // One after the other it takes 130 prompts at 0.6, on average.
    expect(rang).toBeGreaterThan(3);
    expect(rang).toBeLessThan(11);
  });

  it('says so with its numbers', () => {
    const { reason } = judged(alarmed(), watchOver(alarmed(), [10, 10, 10, 10]));
    expect(reason).toMatchObject({
      code: 'sequential_alarm',
      metric: 'refusal',
      asked: 0.7,
      mean: 0.5,
      prompts: 80,
      limit: 1_000,
    });
    const verdicts = explainNode(
      alarmed(),
      evidenceOf({ watch: watchOver(alarmed(), [10, 10, 10, 10]) }),
      T0,
      false,
    ).filter(({ rule }) => rule === 'alarm.promptsPerFalseCut');
    expect(verdicts.map(({ met }) => met)).toEqual([true, false]);
    expect(verdicts[0]?.sentence).toMatch(
      /^overall: the evidence that it has sunk below 0\.50 is \d+; the policy cuts at 1000$/,
    );
    expect(verdicts[1]?.sentence).toMatch(
      /^refusal is 0\.50 over 80 prompts: the evidence that it has sunk below 0\.70 is \d{4,}, and the policy cuts at 1000$/,
    );
  });

  it('is what keeps a node out that it denied, and not what denies one that fails by a single result', () => {
    const watch = watchOver(alarmed(), [10, 10, 10, 10]);
    const latest = resultAt(0, 10);
    expect(judged(alarmed(), watch, { latest, membership: 'denied' }).reason.code).toBe('sequential_alarm');
    expect(judged(alarmed(), watch, { latest }).reason.code).toBe('below_floor');
  });

  it('hardly ever denies a node that just meets its limit, though it measures every 20 seconds', () => {
    const random = seededRandom(53);
    let [cuts, prompts] = [0, 0];
    let watch: Watch | undefined;
    const policy = alarmed();
    for (let at = 0; at < 5_000; at++) {
      let good = 0;
      for (let prompt = 0; prompt < 20; prompt++) if (random() < 0.7) good += 1;
      watch = nextWatch(policy, watch, resultAt(at, good));
      prompts += 20;
      if (judged(policy, watch).reason.code !== 'sequential_alarm') continue;
      cuts += 1;
      watch = undefined;
    }
    // No more than one in 1,000 prompts; by points, every second result would be a cut.
    expect(prompts / Math.max(1, cuts)).toBeGreaterThan(1_000);
    expect(cuts).toBeGreaterThan(0);
  });

  it('does not deny without a rule, without counts, for a limit of 0, or for a class without the floor', () => {
    const bad = [0, 0, 0, 0];
    expect(watchOver(policyOf({ floors: { refusal: 0.7 } }), bad)).toBeUndefined();
    const uncounted = bad.reduce<Watch | undefined>(
      (watch, good, at) => nextWatch(alarmed(), watch, resultAt(at, good, { samples: undefined })),
      undefined,
    );
    expect(uncounted?.metrics).toEqual({});
    expect(watchOver(alarmed({ floors: { refusal: 0 } }), bad)?.metrics).not.toHaveProperty('refusal');
    const byClass = alarmed({ classes: [{ name: 'lab', floors: { refusal: 0 } }] });
    expect(judged(byClass, watchOver(byClass, bad), { className: 'lab' }).allowed).toBe(true);
  });

  it('lets a node back after good results, however long the bad ones lasted', () => {
    const long = watchOver(alarmed(), Array<number>(500).fill(0));
    const back = (results: number) =>
      Array.from({ length: results }).reduce<Watch | undefined>(
        (watch, _, at) => nextWatch(alarmed(), watch, resultAt(500 + at, 20)),
        long,
      );
    expect(judged(alarmed(), back(0)).reason.code).toBe('sequential_alarm');
    expect(judged(alarmed(), back(10)).allowed).toBe(true);
  });

  it('takes fewer prompts for granted where they belong together', () => {
    const clustered = alarmed({}, { designEffect: 5 });
    expect(judged(alarmed(), watchOver(alarmed(), [10, 10, 10])).allowed).toBe(false);
    expect(judged(clustered, watchOver(clustered, [10, 10, 10])).allowed).toBe(true);
  });
});

describe('what the alarm remembers', () => {
  const bad = watchOver(alarmed(), [11, 11, 11]);

  it('is a few numbers that JSON keeps', () => {
    expect(JSON.parse(JSON.stringify(bad))).toEqual(bad);
    expect(watchOver(alarmed(), [11], JSON.parse(JSON.stringify(bad)))).toEqual(
      watchOver(alarmed(), [11], bad),
    );
  });

  // The attack: a node dilutes the evidence with results that nobody counts.
  it.each<[string, object, object]>([
    ['of somebody who may not measure', { measuredBy: ['third_party'] }, { measuredBy: 'self' }],
    ['on too few samples', { minSamples: { refusal: 20 } }, { samples: { overall: 20, refusal: 19 } }],
    ['with a broken score', {}, { scores: { overall: 0.9, refusal: 1, honesty: 2 } }],
    ['that come too early', {}, { arrivedAtMs: T0 + 41_000, measuredAtMs: T0 + 41_000 }],
    ['of one measurement that is sent again', {}, { arrivedAtMs: T0 + 90_000, measuredAtMs: T0 + 40_000 }],
  ])('is not diluted by results %s', (_what, over, result) => {
    const before = bad;
    expect(nextWatch(alarmed(over), before, resultAt(3, 20, result))).toBe(before);
  });
  it('is diluted by good results that count', () => {
    const evidenceAt = (watch: Watch | undefined) => watch?.metrics.refusal?.evidence[0] ?? 0;
    expect(evidenceAt(nextWatch(alarmed(), bad, resultAt(3, 20)))).toBeLessThan(evidenceAt(bad));
  });

  it('holds for a limit that rises, and not for one that falls', () => {
    const rang = watchOver(alarmed(), [10, 10, 10, 10]);
    const [higher, lower] = [0.72, 0.68].map((refusal) => alarmed({ floors: { refusal } }));
    expect(judged(higher as Policy, rang).allowed).toBe(false);
    expect(judged(lower as Policy, rang).allowed).toBe(true);
    expect(nextWatch(higher as Policy, rang, resultAt(4, 14))?.metrics.refusal).toMatchObject({
      asked: 0.72,
      prompts: 100,
    });
    expect(nextWatch(lower as Policy, rang, resultAt(4, 14))?.metrics.refusal).toMatchObject({
      asked: 0.68,
      prompts: 20,
    });
  });
});

it.each<[string, object, string]>([
  ['no number', { alarm: {} }, 'policy.alarm.promptsPerFalseCut'],
  ['a number that would cut everybody', { alarm: { promptsPerFalseCut: 99 } }, 'must be at least 100'],
  ['another key', { alarm: { promptsPerFalseCut: 1_000, budget: 1 } }, 'policy.alarm.budget'],
  ['a floor of 1', { alarm: { promptsPerFalseCut: 1_000 }, floors: { refusal: 1 } }, 'policy.floors.refusal'],
])('an alarm with %s is refused', (_what, policy, message) => {
  expect(() => policyOf({ ...policy })).toThrow(message);
});
