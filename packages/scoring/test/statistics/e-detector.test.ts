// Shin, Ramdas, Rinaldo, "E-detectors". The mean runs were computed beforehand with other code, m₀ = .70,
// Bernoulli prompts, 200 to 300 runs each: a check to some per cent, not to digits.

import { describe, expect, it } from 'vitest';
import { alarmOf, E_DETECTOR_START, type EDetector, watchGrade } from '../../src/index.ts';
import { seededRandom } from '../../src/statistics/seeded-random.ts';

const invalid = expect.objectContaining({ code: 'invalid_statistic' });
const detectorOf = (kind: EDetector['kind'], promptsPerFalseAlarm: number): EDetector => ({
  kind,
  asked: 0.7,
  promptsPerFalseAlarm,
});

/** @returns how many prompts it took to the alarm, on average */
function meanRun(detector: EDetector, mean: number, runs: number, seed: number): number {
  const random = seededRandom(seed);
  let prompts = 0;
  for (let run = 0; run < runs; run++) {
    let state = E_DETECTOR_START;
    do {
      prompts += 1;
      state = watchGrade(detector, state, random() < mean ? 1 : 0);
    } while (!alarmOf(detector, state).rings);
  }
  return prompts / runs;
}

describe('prompts to the alarm, seeded', () => {
  it.each([
    ['shiryaev-roberts', 1_000, 0.6, 130],
    ['shiryaev-roberts', 1_000, 0.5, 54],
    ['shiryaev-roberts', 1_000, 0.4, 30],
    ['shiryaev-roberts', 1_000, 0.2, 14],
    ['shiryaev-roberts', 1_000, 0, 9],
    ['shiryaev-roberts', 10_000, 0.6, 232],
    ['shiryaev-roberts', 10_000, 0.5, 80],
    ['shiryaev-roberts', 10_000, 0.4, 42],
    ['shiryaev-roberts', 10_000, 0.2, 19],
    ['shiryaev-roberts', 10_000, 0, 11],
    ['cusum', 1_000, 0.6, 275],
    ['cusum', 1_000, 0.5, 80],
    ['cusum', 1_000, 0.4, 39],
    ['cusum', 1_000, 0.2, 16],
    ['cusum', 1_000, 0, 9],
  ] as const)('%s, A = %i, a mean of %d: about %i', (kind, a, mean, known) => {
    const run = meanRun(detectorOf(kind, a), mean, mean === 0 ? 1 : 600, 7);
    expect(Math.abs(run - known)).toBeLessThan(Math.max(1.5, known * 0.12));
  });

  it.each([
    ['shiryaev-roberts', 1_000, 1_151],
    ['cusum', 300, undefined],
  ] as const)(
    '%s, A = %i: while the mean is what is asked, no fewer than A to a false alarm',
    (kind, a, known) => {
      const run = meanRun(detectorOf(kind, a), 0.7, 400, 11);
      expect(run).toBeGreaterThan(a);
      if (known !== undefined) expect(Math.abs(run - known)).toBeLessThan(known * 0.15);
    },
  );

  it('grades of any kind, and grades that depend on each other, do not ring more often', () => {
    const detector = detectorOf('shiryaev-roberts', 500);
    const random = seededRandom(13);
    let prompts = 0;
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      let state = E_DETECTOR_START;
      let last = 0.7;
      do {
        prompts += 1;
        // After a good grade a worse one is likely, with the mean .7 given all that was before.
        const spread = last > 0.7 ? 0.3 : 0.1;
        last = 0.7 + (random() < 0.5 ? spread : -spread);
        state = watchGrade(detector, state, last);
      } while (!alarmOf(detector, state).rings && prompts < 1e6);
    }
    expect(prompts / runs).toBeGreaterThan(500);
  });
});

describe('a detector', () => {
  const detector = detectorOf('shiryaev-roberts', 1_000);

  it('has no negative evidence, and says how far it is from ringing', () => {
    let state = E_DETECTOR_START;
    for (let prompt = 0; prompt < 500; prompt++) state = watchGrade(detector, state, 1);
    const { evidence, limit, rings } = alarmOf(detector, state);
    expect(evidence).toBeGreaterThan(0);
    expect([limit, rings]).toEqual([1_000, false]);
  });

  it('stays a number that JSON can hold after any number of bad prompts', () => {
    let state = E_DETECTOR_START;
    for (let prompt = 0; prompt < 5_000; prompt++) state = watchGrade(detector, state, 0);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(alarmOf(detector, state).rings).toBe(true);
  });

  it('that asks for 0 never rings', () => {
    const lowest: EDetector = { ...detector, asked: 0, promptsPerFalseAlarm: 10_000 };
    let state = E_DETECTOR_START;
    for (let prompt = 0; prompt < 5_000; prompt++) state = watchGrade(lowest, state, 0);
    expect(alarmOf(lowest, state).evidence).toBeLessThanOrEqual(5_000);
  });

  it.each([
    ['a grade above 1', detector, E_DETECTOR_START, 1.1],
    ['a grade that is none', detector, E_DETECTOR_START, Number.NaN],
    ['a shorter state', detector, [0, 0], 1],
    ['a state that is none', detector, [0, 0, 0, 0, Number.NaN], 1],
    ['a negative state', detector, [0, 0, 0, 0, -1], 1],
    ['an asked mean of 1', { ...detector, asked: 1 }, E_DETECTOR_START, 1],
    ['a limit of 1', { ...detector, promptsPerFalseAlarm: 1 }, E_DETECTOR_START, 1],
  ])('refuses %s', (_, given, state, grade) => {
    expect(() => watchGrade(given, state, grade)).toThrow(invalid);
  });
});
