// The scores of a node's newest result, with what each proves and how far its alarm is.

import type { NodeDetail } from '@mesh/protocol';
import { renderTable } from '../output/table.ts';

type Judged = NonNullable<NodeDetail['judged']>;

/** Columns that say nothing for any score are left out. */
export function renderScores(scores: Readonly<Record<string, number>>, judged: Judged): string {
  const byMetric = new Map(judged.map((one) => [one.metric, one]));
  const metrics = [...new Set([...Object.keys(scores), ...byMetric.keys()])];
  const columns: readonly (readonly [string, (metric: string) => string])[] = [
    ['METRIC', (metric) => metric],
    ['SCORE', (metric) => (scores[metric] === undefined ? '-' : formatScore(scores[metric]))],
    ['ASKED', (metric) => shown(byMetric.get(metric)?.limit, formatScore)],
    ['PROMPTS', (metric) => shown(byMetric.get(metric)?.samples || undefined, String)],
    ['BETWEEN', (metric) => between(byMetric.get(metric))],
    ['ALARM', (metric) => shown(byMetric.get(metric)?.alarm ?? undefined, describeAlarm)],
  ];
  const used = columns.filter(([, cell], at) => at < 2 || metrics.some((metric) => cell(metric) !== '-'));
  return renderTable(
    used.map(([name]) => name),
    metrics.map((metric) => used.map(([, cell]) => cell(metric))),
  );
}

function shown<T>(value: T | undefined, format: (value: T) => string): string {
  return value === undefined ? '-' : format(value);
}

function between(judged: Judged[number] | undefined): string {
  if (judged === undefined || judged.lower === null || judged.upper === null) return '-';
  return `${formatScore(judged.lower)} to ${formatScore(judged.upper)}`;
}

function describeAlarm({ evidence, limit }: NonNullable<Judged[number]['alarm']>): string {
  return `${Math.floor(evidence)} of ${limit}`;
}

/** Truncated, not rounded: 0.6999 must not look like the 0.70 that it missed. */
export function formatScore(score: number): string {
  return (Math.floor(score * 1000) / 1000).toFixed(3);
}
