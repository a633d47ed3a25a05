// How scores, their intervals and names are written in sentences.

import type { ScoreInterval } from './judge-score.ts';

/**
 * "overall 0.86 from 50 prompts: between 0.74 and 0.93; the policy asks for 0.80". The numbers have as many
 * digits as it takes to tell the limit from both ends.
 */
export function describeInterval(
  metric: string,
  score: number,
  { samples, trials, lower, upper }: ScoreInterval,
  limit: number,
): string {
  const [low, fromBelow] = scores(lower, limit);
  const [high, fromAbove] = scores(upper, limit);
  const digits = Math.max(fromBelow.length, fromAbove.length);
  const worth = trials === samples ? '' : ` worth ${trials.toFixed(1)}`;
  const prompts = samples === 1 ? '1 prompt' : `${samples} prompts`;
  return `${printableName(metric)} ${score.toFixed(2)} from ${prompts}${worth}: between ${low} and ${high}; the policy asks for ${digits === fromBelow.length ? fromBelow : fromAbove}`;
}

/** Two decimals, or more if needed to tell the two apart: never "0.80 is below 0.80". */
export function scores(value: number, limit: number): [string, string] {
  for (let digits = 2; digits < 17; digits += 1) {
    const pair: [string, string] = [value.toFixed(digits), limit.toFixed(digits)];
    if (pair[0] !== pair[1] || value === limit) return pair;
  }
  return [String(value), String(limit)];
}

/** Names may come from a node: removes everything that could forge a log line or a terminal sequence. */
export function printableName(name: string): string {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(name)
    ? name
    : `"${name.slice(0, 64).replaceAll(/[^A-Za-z0-9 _.-]/g, '?')}"`;
}
