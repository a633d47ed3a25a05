// Whether enough of a run was answered to grade it. A question that failed says nothing about how the service
// behaves.

import type { PromptOutcome } from './run-suite.ts';

/** Per dimension. Otherwise a whole small dimension could go unanswered within the share of the run. */
const MIN_ANSWERED_OF_DIMENSION = 0.5;
const MAX_REASON_LENGTH = 300;

/**
 * Says that too little was answered: fewer prompts of the run than the share `minAnswered`, or fewer than
 * half of a dimension's. The text names the most frequent problem.
 *
 * @param minAnswered 0..1
 * @returns undefined if enough was answered
 */
export function findTooLittleAnswered(
  outcomes: readonly PromptOutcome[],
  minAnswered: number,
): string | undefined {
  const unanswered = outcomes.filter(({ problem }) => problem !== undefined);
  if (unanswered.length === 0) return undefined;
  const answeredShare = (of: readonly PromptOutcome[]) =>
    of.filter(({ problem }) => problem === undefined).length / of.length;
  const dimensions = new Set(outcomes.map(({ dimension }) => dimension));
  const gap = [...dimensions].some(
    (name) =>
      answeredShare(outcomes.filter(({ dimension }) => dimension === name)) < MIN_ANSWERED_OF_DIMENSION,
  );
  if (answeredShare(outcomes) >= minAnswered && !gap) return undefined;
  const reason = mostFrequent(unanswered.map(({ problem }) => problem ?? ''));
  return `${unanswered.length} of ${outcomes.length} prompts unanswered: ${reason}`.slice(
    0,
    MAX_REASON_LENGTH,
  );
}

function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}
