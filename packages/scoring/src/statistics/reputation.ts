// A reputation that forgets (Jøsang and Ismail, "The Beta Reputation System", 2002): good and bad experience,
// each multiplied by a forgetting factor before more is added. Its expectation is that of Beta(1 + good, 1 +
// bad).

import { ScoringError } from '../scoring-error.ts';

export interface Reputation {
  readonly good: number;
  readonly bad: number;
}

export const NO_REPUTATION: Reputation = { good: 0, bad: 0 };

/**
 * @param elapsedMs since the experience that `reputation` holds
 * @param halfLifeMs after how long experience counts half; above 0
 * @param grade of the new experience, 0 to 1
 * @throws ScoringError `invalid_statistic`
 */
export function addExperience(
  reputation: Reputation,
  elapsedMs: number,
  halfLifeMs: number,
  grade: number,
): Reputation {
  if (!(grade >= 0 && grade <= 1)) throw new ScoringError('invalid_statistic', 'a grade is from 0 to 1');
  const { good, bad } = forget(reputation, elapsedMs, halfLifeMs);
  return { good: good + grade, bad: bad + 1 - grade };
}

/** @throws ScoringError `invalid_statistic` */
export function forget({ good, bad }: Reputation, elapsedMs: number, halfLifeMs: number): Reputation {
  if (!(elapsedMs >= 0 && halfLifeMs > 0 && good >= 0 && bad >= 0))
    throw new ScoringError(
      'invalid_statistic',
      'experience and its age are 0 or more, a half-life is above 0',
    );
  const kept = keptAfter(elapsedMs, halfLifeMs);
  return { good: good * kept, bad: bad * kept };
}

/** What is expected of the next experience: 0.5 of a stranger. */
export function expectedGrade({ good, bad }: Reputation): number {
  return (1 + good) / (2 + good + bad);
}

/** The part of experience that is left after that time. */
export const keptAfter = (elapsedMs: number, halfLifeMs: number): number => 2 ** (-elapsedMs / halfLifeMs);
