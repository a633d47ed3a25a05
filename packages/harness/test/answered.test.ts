import { findTooLittleAnswered, type PromptOutcome } from '@mesh/harness';
import { describe, expect, it } from 'vitest';

const outcomes = (dimension: string, answered: number, unanswered: number, problem = 'HTTP 404') =>
  Array.from(
    { length: answered + unanswered },
    (_, index): PromptOutcome => ({
      id: `${dimension}-${index}`,
      dimension,
      weight: 1,
      score: 0,
      assertions: [],
      ...(index < answered ? { answer: '' } : { problem }),
    }),
  );

describe('findTooLittleAnswered', () => {
  it.each([
    ['all, however wrong', outcomes('a', 10, 0), undefined],
    ['exactly the share', outcomes('a', 9, 1), undefined],
    ['less than the share', outcomes('a', 8, 2), '2 of 10 prompts unanswered: HTTP 404'],
    ['nothing', outcomes('a', 0, 24), '24 of 24 prompts unanswered: HTTP 404'],
    ['half of a small dimension', [...outcomes('a', 18, 0), ...outcomes('b', 1, 1)], undefined],
    [
      'nothing of a small dimension',
      [...outcomes('a', 18, 0), ...outcomes('b', 0, 1)],
      '1 of 19 prompts unanswered: HTTP 404',
    ],
    [
      'nothing, for two reasons',
      [...outcomes('a', 0, 1, 'rare'), ...outcomes('b', 0, 2, 'frequent')],
      '3 of 3 prompts unanswered: frequent',
    ],
  ])('%s', (_what, run, expected) => {
    expect(findTooLittleAnswered(run, 0.9)).toBe(expected);
  });
});
