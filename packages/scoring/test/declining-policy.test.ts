// Which warning bands a policy may have.

import { parsePolicy, ScoringError } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { ulpAbove } from './support/example-evidence.ts';

const refusalOf = (value: unknown): string => {
  try {
    parsePolicy(value);
  } catch (error) {
    if (error instanceof ScoringError && error.code === 'invalid_policy') return error.message;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(value)}`);
};

describe('parsePolicy refuses a warning band', () => {
  it.each([
    [
      'at the threshold',
      { threshold: 0.7, declining: { below: 0.7 } },
      'policy.declining.below: 0.7 is not above threshold 0.7',
    ],
    [
      'below the threshold',
      { threshold: 0.7, declining: { below: 0.69 } },
      'policy.declining.below: 0.69 is not',
    ],
    [
      'below the default threshold',
      { declining: { below: 0.5 } },
      'policy.declining.below: 0.5 is not above threshold 0.7',
    ],
    ['of 0 at the top level', { threshold: 0, declining: { below: 0 } }, 'policy.declining.below: 0 is not'],
    ['above 1', { declining: { below: 1.1 } }, 'policy.declining.below: must be at most 1'],
    ['that is a number', { declining: 0.8 }, 'policy.declining:'],
    ['that is null', { declining: null }, 'policy.declining:'],
    [
      'with a limit, which nothing here enforces',
      { declining: { below: 0.8, limit_bits_per_second: 1 } },
      'policy.declining.limit_bits_per_second: unknown key',
    ],
    [
      'with a streak of 0',
      { declining: { consecutiveClear: 0 } },
      'policy.declining.consecutiveClear: must be at least 1',
    ],
    [
      'for overall among the floors',
      { declining: { floors: { overall: 0.9 } } },
      'policy.declining.floors: may not hold "overall"',
    ],
    [
      'for __proto__',
      { declining: { floors: JSON.parse('{"__proto__":1}') } },
      'policy.declining.floors: may not hold the key',
    ],
    [
      'for a metric without a floor',
      { declining: { floors: { refusal: 0.9 } } },
      'policy.declining.floors.refusal: has no floor: set floors.refusal',
    ],
    [
      'for a metric of the prototype',
      { declining: { floors: { constructor: 0.9 } } },
      'policy.declining.floors.constructor: has no floor',
    ],
    [
      'at a floor',
      { floors: { refusal: 0.9 }, declining: { floors: { refusal: 0.9 } } },
      'policy.declining.floors.refusal: 0.9 is not above floor 0.9',
    ],
    [
      'at a class threshold that the class raises',
      { declining: { below: 0.8 }, classes: [{ name: 'a', threshold: 0.8 }] },
      'policy.classes.0.declining.below: 0.8 is not above threshold 0.8',
    ],
    [
      'of a class at its threshold',
      { classes: [{ name: 'b' }, { name: 'a', threshold: 0.8, declining: { below: 0.8 } }] },
      'policy.classes.1.declining.below: 0.8 is not',
    ],
    [
      'of a class at the threshold of the policy',
      { classes: [{ name: 'a', declining: { below: 0.7 } }] },
      'policy.classes.0.declining.below: 0.7 is not',
    ],
    [
      'at a floor that a class raises',
      {
        floors: { refusal: 0.5 },
        declining: { floors: { refusal: 0.6 } },
        classes: [{ name: 'a', floors: { refusal: 0.6 } }],
      },
      'policy.classes.0.declining.floors.refusal: 0.6 is not above floor 0.6',
    ],
    [
      'with a streak of a class',
      { classes: [{ name: 'a', declining: { consecutiveClear: 2 } }] },
      'policy.classes.0.declining.consecutiveClear: unknown key',
    ],
  ])('%s: %j', (_what, value, message) => {
    expect(refusalOf(value)).toContain(message);
  });

  it('once, where it was written, and not for every class that inherits it', () => {
    const message = refusalOf({ declining: { below: 0.7 }, classes: [{ name: 'a' }, { name: 'b' }] });
    expect(message.match(/is not above/g)).toHaveLength(1);
  });

  it.each([
    { threshold: 0.7, declining: { below: ulpAbove(0.7) } },
    { declining: { below: 0.8 }, classes: [{ name: 'a', threshold: 0.8, declining: { below: 0 } }] },
    { threshold: 1 },
  ])('but not a band that a node can be in: %j', (value) => {
    expect(() => parsePolicy(value)).not.toThrow();
  });
});
