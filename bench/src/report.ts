// The result of a benchmark as data and as text, in the same form for all benchmarks.

import { alignColumns } from './align-columns.ts';
import { type Machine, machineLine } from './machine.ts';
import { type Summary, summarise } from './statistics.ts';

/** `neither` is for what only tells about the measurement, such as the load generator's own CPU. */
export const BETTER = ['more', 'less', 'neither'] as const;
export type Better = (typeof BETTER)[number];

export interface Measurement extends Summary {
  /** What was measured. */
  readonly name: string;
  /** What the figures count: `answers/s`, `ms`, `µs of CPU`. */
  readonly unit: string;
  /** Which way it improves. */
  readonly better: Better;
  /**
   * The ratio to the table's baseline, round by round; absent for the baseline itself and where a ratio means
   * nothing.
   */
  readonly ratio?: Summary;
}

/** A figure that improves as it gets smaller, from its values in all rounds. */
export function less(name: string, unit: string, values: readonly number[]): Measurement {
  return { name, unit, better: 'less', ...summarise(values) };
}

export interface Table {
  readonly title: string;
  /** The name of the measurement that ratios refer to. */
  readonly baseline?: string;
  readonly rows: readonly Measurement[];
}

export interface Findings {
  readonly tables: readonly Table[];
  /** What a reader must know to understand the tables. */
  readonly notes: readonly string[];
  /** One line per missed target; absent if there are no targets. */
  readonly missed?: readonly string[];
}

export interface Report extends Findings {
  readonly benchmark: string;
  readonly started_at: string;
  readonly quick: boolean;
  readonly rounds: number;
  readonly machine: Machine;
}

export function renderReport(report: Report): string {
  const lines = [
    `${report.benchmark}: ${report.rounds} rounds, interleaved${report.quick ? ' (quick: too short to quote)' : ''}`,
    machineLine(report.machine),
    '',
  ];
  for (const table of report.tables) lines.push(...renderTable(table), '');
  for (const note of report.notes) lines.push(`- ${note}`);
  for (const line of report.missed ?? []) lines.push(`MISSED: ${line}`);
  return lines.join('\n');
}

function renderTable({ title, baseline, rows }: Table): string[] {
  const head = ['', 'median', 'min – max', 'unit', baseline === undefined ? '' : `× ${baseline}`];
  const cells = rows.map((row) => [
    row.name,
    figure(row.median),
    `${figure(row.min)} – ${figure(row.max)}`,
    row.unit,
    row.ratio === undefined
      ? ''
      : `${figure(row.ratio.median)} (${figure(row.ratio.min)} – ${figure(row.ratio.max)})`,
  ]);
  return [title, ...alignColumns([head, ...cells], [1, 2])];
}

/** Writes three significant figures, with thousands separated. */
export function figure(value: number): string {
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(6, decimals) });
}
