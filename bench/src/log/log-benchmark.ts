// The controller's log: how fast it grows, what a proof costs, how long a whole verification takes, and what
// an entry takes on the disk.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { interleave } from '../interleave.ts';
import type { Part, PartFigures, PartRounds } from '../limits/part.ts';
import { type Findings, less, type Table } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { missedTarget } from '../targets.ts';
import { computedLeaf, computedTiles } from './computed-tree.ts';
import {
  appendName,
  appendPart,
  GROW,
  GROW_AND_ROOT,
  growParts,
  MADE,
  named,
  proofName,
  proofParts,
  type ReadableLog,
  VERIFIED,
} from './log-parts.ts';
import { type EntryBytes, type PlantedLog, plantLog, type Verified } from './planted-log.ts';
import { tellingTables } from './telling.ts';

const LENGTHS = [10_000, 1_000_000];
const QUICK_LENGTHS = [1_000];
const COMPUTED_LENGTH = 100_000_000;
const WAITING = [1, 16, 64, 256];
/** Nodes that are told something. */
const TOLD = 1_000;
const QUICK_TOLD = 101;
/** A verification of the longest log takes less. */
const VERIFY_TARGET_SECONDS = 60;

export const logBenchmark: Benchmark = {
  name: 'log',
  summary:
    'durable appends per second, proofs, what noting what nodes are told adds, a whole verification, bytes',
  rounds: 3,
  run,
};

async function run({ rounds, quick, progress, say }: BenchmarkRun): Promise<Findings> {
  const turnMs = quick ? 20 : 1_000;
  await using logs = await plantAll(quick ? QUICK_LENGTHS : LENGTHS, say);
  const computed: ReadableLog = {
    size: COMPUTED_LENGTH,
    name: named(COMPUTED_LENGTH, 'computed entries'),
    readTile: computedTiles(),
    leaf: computedLeaf,
  };
  const readable: readonly ReadableLog[] = [...logs.all, computed];
  const parts: Part[] = [
    ...readable.flatMap((log) => proofParts(log, turnMs)),
    ...growParts(computed, turnMs),
    ...WAITING.map((waiting) => appendPart(logs.first.append, waiting, turnMs)),
  ];
  const figures = await interleave(parts, rounds, progress, { warmUp: !quick });
  const telling = await tellingTables(quick ? QUICK_TOLD : TOLD, { rounds, quick, progress, say });
  const verified = await verifyAll(logs.all, rounds, progress);
  const seconds = verified.get(logs.longest.name)?.map(({ wallSeconds }) => wallSeconds) ?? [];
  return {
    tables: [
      ...appendTables(figures),
      proofTable('Proofs made', MADE, readable, figures),
      proofTable('Proofs verified', VERIFIED, readable, figures),
      growTable(computed, figures),
      ...telling,
      verifyTable(verified),
      ...logs.all.map((log) => bytesTable(log.name, log.bytes())),
    ],
    notes: [
      'An append is the entry of an accepted benchmark with its sealed details and the rows that it changes, through the controller’s journal: it counts when its commit is on the disk of the temporary folder. Checking the message and its signature is not part of it (see submissions).',
      'A proof is made as the controller makes it, from full tiles in the database and the partial ones at its head, or from computed tiles in memory. The places are spread over the log; SHA-256 is the platform’s.',
      'What nodes are told is noted in memory and in a file before an answer leaves; it is recorded half an epoch later. Answers are rendered and signed as for the wire, but not sent. For epochs a node has 100 peers, for denials all others.',
      'A verification reads every page, hashes the whole log, opens the details and compares the rows, as mesh-controller verify does.',
      'Nothing holds 100,000,000 leaves: they repeat after 256, and the tiles are computed from that. Appends go to the edge, which is all that a log needs of itself to grow.',
    ],
    ...(quick
      ? {}
      : {
          missed: missedTarget(
            `a verification ${logs.longest.name}`,
            summarise(seconds).median,
            VERIFY_TARGET_SECONDS,
            's',
          ),
        }),
  };
}

interface Logs extends AsyncDisposable {
  readonly all: readonly PlantedLog[];
  /** Appends go there. */
  readonly first: PlantedLog;
  readonly longest: PlantedLog;
}

async function plantAll(lengths: readonly number[], say: BenchmarkRun['say']): Promise<Logs> {
  const all: PlantedLog[] = [];
  const close = async (): Promise<void> => {
    for (const log of all) await log[Symbol.asyncDispose]();
  };
  try {
    for (const length of lengths) {
      say(`writing a log ${named(length)}`);
      all.push(await plantLog(length));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const [first, longest] = [all[0], all.at(-1)] as [PlantedLog, PlantedLog];
  return { all, first, longest, [Symbol.asyncDispose]: close };
}

async function verifyAll(
  logs: readonly PlantedLog[],
  rounds: number,
  progress: BenchmarkRun['progress'],
): Promise<Map<string, Verified[]>> {
  for (const log of logs) await log.settle();
  const contenders = logs.map((log) => ({ name: log.name, run: () => log.verify() }));
  const shown: BenchmarkRun['progress'] = (name, ...counts) => progress(`verify a log ${name}`, ...counts);
  // A turn that does not count would take as long as one that does, and what it warms up is the same for
  // both.
  return interleave(contenders, rounds, shown, { warmUp: false });
}

function appendTables(figures: PartRounds): Table[] {
  const baseline = appendName(1);
  const table = (
    title: string,
    unit: string,
    better: 'more' | 'less',
    value: (of: PartFigures) => number,
  ) => ({
    title,
    baseline,
    rows: WAITING.map((waiting) => {
      const name = appendName(waiting);
      const values = (figures.get(name) ?? []).map(value);
      const row = { name, unit, better, ...summarise(values) };
      if (name === baseline) return row;
      return { ...row, ratio: pairedRatio(values, (figures.get(baseline) ?? []).map(value)) };
    }),
  });
  return [
    table('Durable appends: rate', 'entries/s', 'more', ({ perSecond }) => perSecond),
    table('Durable appends: CPU', 'µs of CPU each', 'less', ({ cpuMicros }) => cpuMicros),
  ];
}

const cpuOf = (figures: PartRounds, part: string): number[] =>
  (figures.get(part) ?? []).map(({ cpuMicros }) => cpuMicros);

function proofTable(
  title: string,
  kinds: readonly string[],
  logs: readonly ReadableLog[],
  figures: PartRounds,
): Table {
  const names = kinds.flatMap((kind) => logs.map((log) => proofName(kind, log)));
  return { title, rows: names.map((name) => less(name, 'µs of CPU each', cpuOf(figures, name))) };
}

function growTable({ name }: ReadableLog, figures: PartRounds): Table {
  const rows = [GROW, GROW_AND_ROOT].map((part) => less(part, 'µs of CPU each', cpuOf(figures, part)));
  return { title: `Growth of a log ${name}, without the disk`, rows };
}

function verifyTable(verified: ReadonlyMap<string, readonly Verified[]>): Table {
  const rows = [...verified].flatMap(([name, rounds]) => [
    less(
      `a log ${name}`,
      's',
      rounds.map(({ wallSeconds }) => wallSeconds),
    ),
    less(
      `CPU for a log ${name}`,
      's of CPU',
      rounds.map(({ cpuSeconds }) => cpuSeconds),
    ),
  ]);
  return { title: 'A whole verification', rows };
}

function bytesTable(log: string, { file, entry, details, tiles }: EntryBytes): Table {
  const row = (name: string, bytes: number) => less(name, 'bytes an entry', [bytes]);
  return {
    title: `On the disk: a log ${log}`,
    rows: [
      row('the database file, as a whole', file),
      row('the entry itself', entry),
      row('its details, sealed', details),
      row('its share of the tiles', tiles),
    ],
  };
}
