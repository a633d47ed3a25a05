import { parsePolicy, ScoringError } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const refusal = (value: unknown): ScoringError => {
  try {
    parsePolicy(value);
  } catch (error) {
    if (error instanceof ScoringError) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(value)}`);
};

describe('parsePolicy', () => {
  it('fills an empty policy with the documented defaults', () => {
    expect(parsePolicy({})).toEqual({
      threshold: 0.7,
      floors: {},
      maxBenchmarkAgeMs: 120_000,
      futureToleranceMs: 30_000,
      requireChallenge: false,
      minResultGapMs: 15_000,
      readmission: { consecutiveGood: 1 },
      declining: { floors: {}, consecutiveClear: 3 },
      classes: [],
    });
  });

  it('keeps everything that a full policy says', () => {
    const full = {
      threshold: 0.75,
      floors: { refusal: 0.8, 'policy.tools': 0.5 },
      maxBenchmarkAgeMs: 60_000,
      futureToleranceMs: 0,
      minSamples: { overall: 20, refusal: 8 },
      measuredBy: ['third_party', 'enclave'],
      requireChallenge: true,
      minResultGapMs: 20_000,
      readmission: { threshold: 0.85, consecutiveGood: 3 },
      declining: { below: 0.9, floors: { refusal: 0.95 }, consecutiveClear: 2 },
      classes: [
        { name: 'edge', threshold: 0.6, floors: { refusal: 0.9 }, declining: { below: 0, floors: {} } },
        { name: 'gpu-1' },
      ],
    };
    expect(parsePolicy(full)).toEqual(full);
  });

  it('names every problem with its place and its message', () => {
    const bad = { treshold: 1, floors: { refusal: 2 }, classes: [{ name: 'edge', threshold: -1 }] };
    expect(refusal(bad).problems).toEqual([
      { path: ['floors', 'refusal'], message: 'must be at most 1' },
      { path: ['classes', 0, 'threshold'], message: 'must be at least 0' },
      { path: ['treshold'], message: 'unknown key, remove it or correct its spelling' },
    ]);
  });

  it('gives back a policy that parses to itself', () => {
    const once = parsePolicy({ floors: { refusal: 0.8 }, classes: [{ name: 'edge', threshold: 0.6 }] });
    expect(parsePolicy(once)).toEqual(once);
  });

  it('freezes the policy at every depth and leaves the input as it was', () => {
    const input = { floors: { refusal: 0.8 }, classes: [{ name: 'edge', floors: { refusal: 0.9 } }] };
    const policy = parsePolicy(input);
    expect(Object.isFrozen(policy)).toBe(true);
    expect(Object.isFrozen(policy.floors)).toBe(true);
    expect(Object.isFrozen(policy.classes[0]?.floors)).toBe(true);
    expect(Object.isFrozen(input.floors)).toBe(false);
  });

  it('accepts a readmission threshold equal to the threshold', () => {
    expect(parsePolicy({ threshold: 0.8, readmission: { threshold: 0.8 } }).readmission.threshold).toBe(0.8);
  });

  it.each([
    ['no object', null, 'policy:'],
    ['no object', undefined, 'policy:'],
    ['no object', [], 'policy:'],
    ['no object', '{}', 'policy:'],
    ['an unknown key', { treshold: 0.9 }, 'policy.treshold: unknown key'],
    ['the wire spelling of a key', { max_benchmark_age_ms: 1 }, 'policy.max_benchmark_age_ms: unknown key'],
    ['a key of the prototype', { constructor: 1 }, 'policy.constructor: unknown key'],
    ['__proto__', JSON.parse('{"__proto__":{"threshold":0}}'), 'policy.__proto__: unknown key'],
    ['an unknown key in readmission', { readmission: { count: 2 } }, 'policy.readmission.count: unknown key'],
    [
      'an unknown key in a class',
      { classes: [{ name: 'a', match: {} }] },
      'policy.classes.0.match: unknown key',
    ],
    [
      'a limit, which nothing here enforces',
      { classes: [{ name: 'a', limit: 1 }] },
      'policy.classes.0.limit',
    ],
    ['a threshold as text', { threshold: '0.7' }, 'policy.threshold:'],
    ['a null threshold', { threshold: null }, 'policy.threshold:'],
    ['a NaN threshold', { threshold: Number.NaN }, 'policy.threshold:'],
    ['an infinite threshold', { threshold: Number.POSITIVE_INFINITY }, 'policy.threshold:'],
    ['a threshold in percent', { threshold: 70 }, 'policy.threshold: must be at most 1'],
    ['a negative threshold', { threshold: -0.1 }, 'policy.threshold: must be at least 0'],
    ['a floor above 1', { floors: { refusal: 1.01 } }, 'policy.floors.refusal: must be at most 1'],
    ['a NaN floor', { floors: { refusal: Number.NaN } }, 'policy.floors.refusal:'],
    ['a floor for overall', { floors: { overall: 0.5 } }, 'policy.floors: may not hold "overall"'],
    ['a floor named with capitals', { floors: { Refusal: 0.5 } }, 'policy.floors.Refusal:'],
    ['a floor with a line break', { floors: { 'a\nb': 0.5 } }, 'is no metric name'],
    [
      'a floor for __proto__',
      { floors: JSON.parse('{"__proto__":1}') },
      'policy.floors: may not hold the key',
    ],
    ['floors as a list', { floors: [0.5] }, 'policy.floors'],
    ['an age of 0', { maxBenchmarkAgeMs: 0 }, 'policy.maxBenchmarkAgeMs: must be at least 1 ms'],
    ['an age in fractions', { maxBenchmarkAgeMs: 0.5 }, 'policy.maxBenchmarkAgeMs:'],
    ['an infinite age', { maxBenchmarkAgeMs: Number.POSITIVE_INFINITY }, 'policy.maxBenchmarkAgeMs:'],
    ['an age of a thousand years', { maxBenchmarkAgeMs: 3.2e13 }, 'policy.maxBenchmarkAgeMs:'],
    [
      'a failing tunnel that is denied before two reports can say so',
      { unreachableAfterMs: 9_999 },
      'policy.unreachableAfterMs: must be at least 10000 ms',
    ],
    ['a negative tolerance', { futureToleranceMs: -1 }, 'policy.futureToleranceMs: must not be negative'],
    ['a negative gap', { minResultGapMs: -1 }, 'policy.minResultGapMs: must not be negative'],
    ['a gap in fractions', { minResultGapMs: 0.5 }, 'policy.minResultGapMs:'],
    ['a gap as text', { minResultGapMs: '15s' }, 'policy.minResultGapMs:'],
    [
      'a gap as long as a result stays fresh, with a streak of good ones',
      { minResultGapMs: 120_000, readmission: { consecutiveGood: 2 } },
      'policy.minResultGapMs: 120000 is not below maxBenchmarkAgeMs 120000: results so far apart are not in a row, and readmission.consecutiveGood above 1',
    ],
    [
      'a gap as long as a result stays fresh, with a streak of clear ones',
      { minResultGapMs: 120_000, declining: { below: 0.8 } },
      'and declining.consecutiveClear above 1',
    ],
    [
      'a gap as long as a result stays fresh, with a streak and the band of a class',
      { minResultGapMs: 120_001, classes: [{ name: 'a', declining: { below: 0.8 } }] },
      'policy.minResultGapMs: 120001 is not below',
    ],
    [
      'the default gap where a result is stale before, with a streak',
      { maxBenchmarkAgeMs: 15_000, readmission: { consecutiveGood: 2 } },
      'policy.minResultGapMs: 15000 is not below maxBenchmarkAgeMs 15000',
    ],
    ['a sample minimum of 0', { minSamples: { refusal: 0 } }, 'policy.minSamples.refusal:'],
    ['a sample minimum as one number', { minSamples: 5 }, 'policy.minSamples:'],
    ['a sample minimum for __proto__', { minSamples: JSON.parse('{"__proto__":5}') }, 'policy.minSamples:'],
    ['an unknown measurer', { measuredBy: ['friends'] }, 'policy.measuredBy.0:'],
    ['nobody who may measure', { measuredBy: [] }, 'policy.measuredBy: must name who may measure'],
    ['no attestor in a list of them', { attestors: {} }, 'policy.attestors: must name an attestor'],
    ['an attestor without a key', { attestors: { lab: '' } }, 'policy.attestors.lab:'],
    [
      'an attestor whose key is of small order',
      { attestors: { lab: `${'A'.repeat(43)}=` } },
      'policy.attestors.lab:',
    ],
    ['an attestor named with a space', { attestors: { 'a b': `${'A'.repeat(43)}=` } }, 'policy.attestors'],
    ['an attestor named __proto__', { attestors: JSON.parse('{"__proto__":"x"}') }, 'policy.attestors:'],
    ['a challenge rule as text', { requireChallenge: 'yes' }, 'policy.requireChallenge:'],
    ['a streak of 0', { readmission: { consecutiveGood: 0 } }, 'policy.readmission.consecutiveGood:'],
    [
      'a readmission threshold below the threshold',
      { threshold: 0.8, readmission: { threshold: 0.79 } },
      'policy.readmission.threshold: 0.79 is below threshold 0.8',
    ],
    [
      'a readmission threshold below the default threshold',
      { readmission: { threshold: 0.69 } },
      'policy.readmission.threshold:',
    ],
    ['a class without a name', { classes: [{ threshold: 0.5 }] }, 'policy.classes.0.name:'],
    ['a class named with a space', { classes: [{ name: 'a b' }] }, 'policy.classes.0.name:'],
    ['a class named default', { classes: [{ name: 'default' }] }, 'policy.classes.0.name: "default" is'],
    [
      'two classes of one name',
      { classes: [{ name: 'a' }, { name: 'a' }] },
      'policy.classes.1.name: "a" is already',
    ],
    ['a class threshold above 1', { classes: [{ name: 'a', threshold: 2 }] }, 'policy.classes.0.threshold:'],
  ])('refuses %s: %j', (_what, value, message) => {
    const error = refusal(value);
    expect(error.code).toBe('invalid_policy');
    expect(error.message).toContain(message);
  });

  it.each([
    { minResultGapMs: 0, readmission: { consecutiveGood: 5 } },
    { minResultGapMs: 119_999, readmission: { consecutiveGood: 2 }, declining: { below: 0.8 } },
    { minResultGapMs: 120_000, declining: { below: 0.8, consecutiveClear: 1 } },
    // Without a band no node needs the default streak of 3.
    { maxBenchmarkAgeMs: 6_000 },
  ])('accepts a gap that leaves a streak possible, or a policy without a streak: %j', (value) => {
    expect(() => parsePolicy(value)).not.toThrow();
  });

  it('reports every problem at once', () => {
    const { message } = refusal({ threshold: 2, maxBenchmarkAgeMs: 0, floor: {} });
    expect(message).toContain('policy.threshold:');
    expect(message).toContain('policy.maxBenchmarkAgeMs:');
    expect(message).toContain('policy.floor: unknown key');
  });

  it('either refuses arbitrary values by its own error or gives a usable policy', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.object({ maxDepth: 3 })), (value) => {
        try {
          const policy = parsePolicy(value);
          expect(policy.threshold).toBeGreaterThanOrEqual(0);
          expect(policy.threshold).toBeLessThanOrEqual(1);
        } catch (error) {
          expect(error).toBeInstanceOf(ScoringError);
        }
      }),
    );
  });
});
