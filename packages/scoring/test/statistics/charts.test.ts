// Average run lengths of the charts themselves, over seeded normal values, beside the published ones.

import { describe, expect, it } from 'vitest';
import { CUSUM_START, filterLevel, watchCusum, watchEwma } from '../../src/index.ts';
import { normalQuantile } from '../../src/statistics/normal-quantile.ts';
import { seededRandom } from '../../src/statistics/seeded-random.ts';

const invalid = expect.objectContaining({ code: 'invalid_statistic' });

/** How many values it takes to a signal, on average over seeded runs of normal values. */
function averageRunLength(
  runs: number,
  seed: number,
  shift: number,
  step: () => (value: number) => boolean,
): number {
  const random = seededRandom(seed);
  let values = 0;
  for (let run = 0; run < runs; run++) {
    const signals = step();
    do values += 1;
    while (!signals(shift + normalQuantile(Math.max(random(), 1e-12))));
  }
  return values / runs;
}

const ewma = (weight: number, width: number) => () => {
  let average = 0;
  return (value: number) => {
    const signal = watchEwma({ target: 0, sigma: 1, weight, width }, average, value);
    average = signal.average;
    return signal.signals;
  };
};
const cusum = (slack: number, threshold: number, sides: 'both' | 'rise') => () => {
  let sums = CUSUM_START;
  return (value: number) => {
    const signal = watchCusum({ target: 0, sigma: 1, slack, threshold }, sums, value);
    sums = signal;
    return sides === 'both' ? signal.signals !== undefined : signal.rise > threshold;
  };
};

describe('EWMA, average run length (Lucas and Saccucci 1990)', () => {
  it.each([
    [0.5, 3.071, 0, 500],
    [0.5, 3.071, 0.5, 88.8],
    [0.5, 3.071, 1, 17.5],
    [0.5, 3.071, 2, 3.63],
    [0.03, 2.437, 0, 500],
    [0.03, 2.437, 0.5, 29.3],
    [0.03, 2.437, 1, 12.6],
    [0.03, 2.437, 2, 5.99],
    [0.25, 3, 1, 11.154_267_016],
  ])('λ = %d, L = %d, shift %d: %d', (weight, width, shift, known) => {
    const runs = known > 100 ? 1_500 : 4_000;
    const length = averageRunLength(runs, 3, shift, ewma(weight, width));
    // Run lengths are nearly exponential: four standard errors.
    expect(Math.abs(length - known)).toBeLessThan((4 * known) / Math.sqrt(runs));
  });
});

describe('CUSUM, average run length', () => {
  it.each([
    [0.5, 4, 'both', 0, 168],
    [0.5, 4, 'both', 0.5, 26.6],
    [0.5, 4, 'both', 1, 8.38],
    [0.5, 4, 'both', 2, 3.34],
    [0.25, 8, 'rise', 2.5, 4.150_083_622_5],
  ] as const)('k = %d, h = %d, %s, shift %d: %d', (slack, threshold, sides, shift, known) => {
    const runs = known > 100 ? 2_000 : 4_000;
    const length = averageRunLength(runs, 5, shift, cusum(slack, threshold, sides));
    expect(Math.abs(length - known)).toBeLessThan((4 * known) / Math.sqrt(runs));
  });

  it('says which way it went', () => {
    const chart = { target: 10, sigma: 2, slack: 0.5, threshold: 4 };
    let sums: ReturnType<typeof watchCusum> = { ...CUSUM_START, signals: undefined };
    for (let value = 0; value < 10; value++) sums = watchCusum(chart, sums, 6);
    expect(sums.signals).toBe('fall');
    sums = { ...CUSUM_START, signals: undefined };
    for (let value = 0; value < 10; value++) sums = watchCusum(chart, sums, 14);
    expect(sums.signals).toBe('rise');
  });
});

/** Annual flow of the Nile at Aswan, 1871 to 1970, in 10^8 m³ (Cobb 1978). */
const NILE = [
  1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958,
  1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020,
  1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040,
  759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
  744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
];

describe('the local level of the Nile (Durbin and Koopman)', () => {
  const model = { observationVariance: 15_099, levelVariance: 1_469.1 };
  const [first = 0, ...others] = NILE;

  it('has their log-likelihood, second belief and steady gain', () => {
    // Nothing is known before the first value, which is taken over as it is.
    let belief = { mean: first, variance: model.observationVariance + model.levelVariance };
    let logLikelihood = 0;
    let gain = 0;
    for (const [at, value] of others.entries()) {
      const step = filterLevel(model, belief, value);
      logLikelihood += step.logLikelihood;
      ({ next: belief, gain } = step);
      if (at === 0) {
        expect(belief.mean).toBeCloseTo(1_140.928, 3);
        expect(belief.variance).toBeCloseTo(9_368.836, 3);
      }
    }
    // The first value, of which nothing is known, counts ln(2π)/2.
    expect(logLikelihood - Math.log(2 * Math.PI) / 2).toBeCloseTo(-633.4646, 3);
    expect(gain).toBeCloseTo(0.267_048, 5);
  });
});

describe('what does not fit is refused', () => {
  const chart = { target: 0, sigma: 1, weight: 0.2, width: 3 };
  it.each([
    () => watchEwma({ ...chart, weight: 0 }, 0, 1),
    () => watchEwma({ ...chart, weight: 1.1 }, 0, 1),
    () => watchEwma({ ...chart, sigma: 0 }, 0, 1),
    () => watchEwma(chart, 0, Number.NaN),
    () => watchCusum({ target: 0, sigma: 0, slack: 0, threshold: 1 }, CUSUM_START, 1),
    () => watchCusum({ target: 0, sigma: 1, slack: -1, threshold: 1 }, CUSUM_START, 1),
    () => watchCusum({ target: 0, sigma: 1, slack: 0, threshold: 1 }, { rise: -1, fall: 0 }, 1),
    () => watchCusum({ target: 0, sigma: 1, slack: 0, threshold: 1 }, CUSUM_START, Number.NaN),
    () => filterLevel({ observationVariance: 0, levelVariance: 1 }, { mean: 0, variance: 1 }, 1),
    () => filterLevel({ observationVariance: 1, levelVariance: -1 }, { mean: 0, variance: 1 }, 1),
    () => filterLevel({ observationVariance: 1, levelVariance: 1 }, { mean: 0, variance: -1 }, 1),
    () => filterLevel({ observationVariance: 1, levelVariance: 1 }, { mean: 0, variance: 1 }, Number.NaN),
  ])('case %#', (run) => {
    expect(run).toThrow(invalid);
  });
});
