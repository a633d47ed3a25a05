// The scores of a run: one per dimension, and overall.

import { HarnessError } from './harness-error.ts';
import type { PromptOutcome } from './run-suite.ts';
import type { Suite } from './suite.ts';

export interface RunGrade {
  /** `overall` and one score per dimension of the suite, each 0..1, not rounded. */
  readonly scores: Readonly<Record<string, number>>;
  /** How many prompts each score is based on, including failed ones, by the same names. */
  readonly samples: Readonly<Record<string, number>>;
}

/**
 * Dimension = weighted mean of its prompts' scores; overall = weighted mean over all prompts (not over the
 * dimensions: a dimension with more or heavier prompts counts for more). A prompt without an outcome, and one
 * whose score is not a number in 0..1, counts as 0. A dimension without prompts is absent, not 1.
 *
 * The weights and dimensions are the suite's; those in an outcome are ignored.
 *
 * @throws HarnessError `foreign_outcome` if an outcome belongs to no prompt of the suite, or two belong to
 *   one
 */
export function gradeRun(suite: Suite, outcomes: readonly PromptOutcome[]): RunGrade {
  const scoreOf = indexScores(suite, outcomes);
  const sums = new Map<string, Sum>([['overall', { weighted: 0, weight: 0, count: 0 }]]);
  for (const prompt of suite.prompts) {
    const score = scoreOf.get(prompt.id) ?? 0;
    for (const name of ['overall', prompt.dimension]) {
      const sum = sums.get(name) ?? { weighted: 0, weight: 0, count: 0 };
      sum.weighted += score * prompt.weight;
      sum.weight += prompt.weight;
      sum.count += 1;
      sums.set(name, sum);
    }
  }
  return {
    scores: Object.fromEntries([...sums].map(([name, sum]) => [name, mean(sum)])),
    samples: Object.fromEntries([...sums].map(([name, { count }]) => [name, count])),
  };
}

interface Sum {
  weighted: number;
  weight: number;
  count: number;
}

/** A suite without weight, which parseSuite refuses, has proven nothing: 0. */
function mean({ weighted, weight }: Sum): number {
  return weight > 0 ? Math.min(1, weighted / weight) : 0;
}

function indexScores(suite: Suite, outcomes: readonly PromptOutcome[]): Map<string, number> {
  const known = new Set(suite.prompts.map(({ id }) => id));
  const scores = new Map<string, number>();
  for (const { id, score } of outcomes) {
    if (!known.has(id) || scores.has(id)) {
      const why = known.has(id) ? 'was given twice' : 'is not in the suite';
      throw new HarnessError(
        'foreign_outcome',
        `prompt ${id} ${why}: grade the outcomes of one run of this suite`,
      );
    }
    scores.set(id, typeof score === 'number' && score >= 0 && score <= 1 ? score : 0);
  }
  return scores;
}
