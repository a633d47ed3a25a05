// Shin, Ramdas, Rinaldo, "E-detectors". The mean runs were computed beforehand with other code, m₀ = .70,
// Bernoulli prompts, 200 to 300 runs each: a check to some per cent, not to digits.

import { describe, expect, it } from 'vitest';
import { alarmOf, E_DETECTOR_START, type EDetector, watchGrade, watchGrades } from '../../src/index.ts';
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

describe('the grades of several prompts at once', () => {
  const sr = { ...detectorOf('shiryaev-roberts', 1_000), kind: 'shiryaev-roberts' } as const;

  it('count as that prompt does, if it is one', () => {
    const random = seededRandom(17);
    let [one, other] = [E_DETECTOR_START, E_DETECTOR_START];
    for (let prompt = 0; prompt < 300; prompt++) {
      const grade = random() < 0.65 ? 1 : 0;
      one = watchGrade(sr, one, grade);
      other = watchGrades(sr, other, { mean: grade, prompts: 1 });
      for (const [at, m] of one.entries()) expect((other[at] ?? 0) / m).toBeCloseTo(1, 9);
    }
  });

  it('give no more evidence than they do one after the other, in whatever order the good ones come', () => {
    const start = watchGrades(sr, E_DETECTOR_START, { mean: 0.4, prompts: 10 });
    const inOrder = (grades: readonly number[]) =>
      grades.reduce((state, grade) => watchGrade(sr, state, grade), start);
    const worstOrder = inOrder([...Array<number>(12).fill(1), ...Array<number>(8).fill(0)]);
    const atOnce = watchGrades(sr, start, { mean: 0.6, prompts: 20 });
    for (const [at, m] of worstOrder.entries()) expect(atOnce[at]).toBeLessThan(m);
  });

  it('between 0 and 1 give no more evidence than as many that are either', () => {
    const parts = inTurn([0.2, 0.9, 0.7, 0.5, 0.7]);
    const atOnce = watchGrades(sr, E_DETECTOR_START, { mean: 0.6, prompts: 5 });
    // The product of the odds alone: without the beginnings in between.
    for (const [at, odds] of parts.entries()) expect((atOnce[at] ?? 0) / 5).toBeLessThanOrEqual(odds);
    function inTurn(grades: readonly number[]): number[] {
      return E_DETECTOR_START.map((_, at) =>
        grades.reduce((product, grade) => product * (watchGrade(sr, E_DETECTOR_START, grade)[at] ?? 0), 1),
      );
    }
  });

  it.each([
    [20, 0.7, 1_000, 31],
    [50, 0.7, 1_000, 37],
  ])('ring no more often than one in A prompts: %i at a time, a mean of %d', (size, mean, a, seed) => {
    expect(meanRunAtOnce(size, mean, 300, seed)).toBeGreaterThan(a);
  });

  it.each([
    [20, 0.5, 54, 41],
    [20, 0.2, 14, 43],
  ])('%i at a time, a mean of %d: not later than two results after %i prompts', (size, mean, alone, seed) => {
    expect(meanRunAtOnce(size, mean, 300, seed)).toBeLessThan(alone + 2 * size);
  });

  function meanRunAtOnce(size: number, mean: number, runs: number, seed: number): number {
    const random = seededRandom(seed);
    let prompts = 0;
    for (let run = 0; run < runs; run++) {
      let state = E_DETECTOR_START;
      do {
        let good = 0;
        for (let prompt = 0; prompt < size; prompt++) if (random() < mean) good += 1;
        state = watchGrades(sr, state, { mean: good / size, prompts: size });
        prompts += size;
      } while (!alarmOf(sr, state).rings);
    }
    return prompts / runs;
  }

  it.each([
    [{ mean: 1.1, prompts: 1 }],
    [{ mean: Number.NaN, prompts: 1 }],
    [{ mean: 1, prompts: 0 }],
    [{ mean: 1, prompts: Number.POSITIVE_INFINITY }],
  ])('are refused: %j', (grades) => {
    expect(() => watchGrades(sr, E_DETECTOR_START, grades)).toThrow(invalid);
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
