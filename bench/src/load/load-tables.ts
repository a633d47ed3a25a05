// Makes tables of a load generator's rounds: rate, latency, CPU on both sides, size of an answer.

import { type Better, less, type Measurement, type Table } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import type { LoadResult } from './load-messages.ts';

interface Column {
  readonly title: string;
  readonly unit: string;
  readonly better: Better;
  readonly value: (result: LoadResult) => number | undefined;
  /** Whether a ratio to the baseline means anything. */
  readonly compared: boolean;
}

const COLUMNS: readonly Column[] = [
  {
    title: 'answers',
    unit: 'answers/s',
    better: 'more',
    value: (result) => result.perSecond,
    compared: true,
  },
  { title: 'latency, median', unit: 'ms', better: 'less', value: (result) => result.p50Ms, compared: true },
  { title: 'latency, p99', unit: 'ms', better: 'less', value: (result) => result.p99Ms, compared: true },
  {
    title: "server's CPU",
    unit: 'µs/answer',
    better: 'less',
    value: (result) => result.serverCpuMicros,
    compared: true,
  },
  {
    title: "generator's CPU",
    unit: 'of one core',
    better: 'neither',
    value: (result) => result.generatorLoad,
    compared: false,
  },
];

/** @param what goes before each title: `64 kept-alive connections` */
export function loadTables(
  what: string,
  results: ReadonlyMap<string, readonly LoadResult[]>,
  baseline: string,
): Table[] {
  return COLUMNS.flatMap((column) => {
    const rows = [...results].flatMap(([name, rounds]) => rowOf(column, name, rounds, results.get(baseline)));
    return rows.length === 0
      ? []
      : [{ title: `${what}: ${column.title}`, ...(column.compared ? { baseline } : {}), rows }];
  });
}

/** @param what goes before the title, as in {@link loadTables} */
export function sizeTable(what: string, results: ReadonlyMap<string, readonly LoadResult[]>): Table {
  const rows = [...results].map(([name, rounds]) =>
    less(
      name,
      'bytes',
      rounds.map(({ bytesPerAnswer }) => bytesPerAnswer),
    ),
  );
  return { title: `${what}: size of an answer`, rows };
}

function rowOf(
  { value, unit, better, compared }: Column,
  name: string,
  rounds: readonly LoadResult[],
  baseline: readonly LoadResult[] | undefined,
): Measurement[] {
  const values = known(rounds.map(value));
  if (values === undefined) return [];
  const row = { name, unit, better, ...summarise(values) };
  const base = rounds === baseline || !compared ? undefined : known((baseline ?? []).map(value));
  const comparable = base?.every((one) => one > 0) === true;
  return [comparable ? { ...row, ratio: pairedRatio(values, base) } : row];
}

function known(values: readonly (number | undefined)[]): number[] | undefined {
  const numbers = values.filter((value) => value !== undefined);
  return numbers.length === values.length && numbers.length > 0 ? numbers : undefined;
}
