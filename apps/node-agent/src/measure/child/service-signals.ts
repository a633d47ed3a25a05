// How a service answered the prompts of a suite, whatever the answers were.

import type { PromptOutcome } from '@mesh/harness';
import { defined } from '@mesh/primitives';
import type { Result } from '../result/measurement.ts';

/**
 * @param answeredInMs how long each answer took that came, waits for a busy service included
 * @param outcomes of all prompts, at least one
 */
export function serviceSignals(
  answeredInMs: readonly number[],
  outcomes: readonly Pick<PromptOutcome, 'problem'>[],
): NonNullable<Result['signals']> {
  const unanswered = outcomes.filter(({ problem }) => problem !== undefined).length;
  return { error_rate: unanswered / outcomes.length, ...defined({ latency_ms: medianOf(answeredInMs) }) };
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : Math.round((low + high) / 2);
}
