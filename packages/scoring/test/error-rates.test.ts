// How often three outcomes decide wrongly, by seeded simulation: graded prompts are drawn, and the decisions
// about them counted. The tolerance is three standard errors of so many runs.

import { evaluate, type Policy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../src/statistics/seeded-random.ts';
import { benchmarkOf, evidenceOf, policyOf, T0 } from './support/example-evidence.ts';

const RUNS = 20_000;
const SAMPLES = 50;

/** The share of each standing among runs of {@link SAMPLES} prompts with the given mean. */
function sharesOf(policy: Policy, mean: number, seed: number): Record<string, number> {
  const random = seededRandom(seed);
  const standings = Array.from({ length: SAMPLES + 1 }, (_, good) => {
    const latest = benchmarkOf({ scores: { overall: good / SAMPLES }, samples: { overall: SAMPLES } });
    return evaluate(policy, evidenceOf({ membership: 'admitted', latest }), T0).standing;
  });
  const counts: Record<string, number> = { good: 0, declining: 0, denied: 0 };
  for (let run = 0; run < RUNS; run++) {
    let good = 0;
    for (let prompt = 0; prompt < SAMPLES; prompt++) if (random() < mean) good += 1;
    const standing = standings[good] ?? 'none';
    counts[standing] = (counts[standing] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / RUNS]));
}

const tolerance = (rate: number) => 3 * Math.sqrt((rate * (1 - rate)) / RUNS);
const byInterval = (method: string) => policyOf({ threshold: 0.8, decision: { kind: 'interval', method } });

describe('of a node that is exactly at the threshold, 50 prompts, 95 %', () => {
  it('the exact interval wrongly cuts, and wrongly trusts, no more than one in forty', () => {
    const { denied = 1, good = 1 } = sharesOf(byInterval('clopper-pearson'), 0.8, 1);
    expect(denied).toBeLessThan(0.025 + tolerance(0.025));
    expect(good).toBeLessThan(0.025 + tolerance(0.025));
  });

  it('Wilson’s does so about as often as it says', () => {
    const { denied = 1, good = 1 } = sharesOf(byInterval('wilson'), 0.8, 2);
    // P(X ≤ 34) and P(X ≥ 46) of a binomial variable of 50 trials at 0.8.
    expect(Math.abs(denied - 0.0308)).toBeLessThan(tolerance(0.0308));
    expect(Math.abs(good - 0.0185)).toBeLessThan(tolerance(0.0185));
  });

  it('a point cuts it in four of ten measurements', () => {
    const { denied = 0 } = sharesOf(policyOf({ threshold: 0.8 }), 0.8, 3);
    expect(denied).toBeGreaterThan(0.4);
  });
});

describe('of other nodes', () => {
  it('one that is well above is almost never cut, and one far below almost always', () => {
    expect(sharesOf(byInterval('wilson'), 0.92, 4).denied).toBeLessThan(0.001);
    expect(sharesOf(byInterval('wilson'), 0.5, 5).denied).toBeGreaterThan(0.98);
  });
});
