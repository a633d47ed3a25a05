// What the parts of the work cost alone on this machine. A program that needs a part, from the same library,
// cannot be faster than the part alone. Other benchmarks measure the parts that they need and compare their
// own cost with the sum.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { seedMesh } from '../controller/seed-mesh.ts';
import { interleave } from '../interleave.ts';
import type { Better, Findings, Measurement, Table } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { commitName, commitRows } from './commit-parts.ts';
import {
  SIGN,
  signOnLoop,
  TWO_ON_POOL,
  VERIFY_ON_LOOP,
  VERIFY_ON_POOL,
  verifyOnLoop,
  verifyOnPool,
} from './ed25519-parts.ts';
import { EXCHANGE_KINDS, exchangeName, exchangeParts } from './exchange-parts.ts';
import { LIBSODIUM, TWO_LIBSODIUM, verifyByLibsodium } from './libsodium-parts.ts';
import { type PartFigures, type PartRounds, startParts } from './part.ts';
import { SAMPLE_ANSWER, sampleMessage } from './sample-message.ts';
import { CANONICAL, canonicalText, PARSE, parseText } from './text-parts.ts';

const CONNECTIONS = [1, 64];
/** How many rows a commit has. */
const ROWS = [1, 16, 64];

export const limitsBenchmark: Benchmark = {
  name: 'limits',
  summary: 'what the parts cost alone: signatures, TLS, HTTP, a synced commit, JSON',
  rounds: 5,
  run,
};

/** Parts of one kind, by name. The others are compared with the first. */
interface Group {
  readonly title: string;
  readonly names: readonly string[];
}

const GROUPS: readonly Group[] = [
  {
    title: 'Ed25519',
    names: [VERIFY_ON_LOOP, VERIFY_ON_POOL, TWO_ON_POOL, LIBSODIUM, TWO_LIBSODIUM, SIGN],
  },
  ...CONNECTIONS.map((connections) => ({
    title: connections === 1 ? 'exchanges, one connection' : `exchanges, ${connections} connections`,
    names: EXCHANGE_KINDS.map((kind) => exchangeName(kind, connections)),
  })),
  { title: 'commits', names: ROWS.map(commitName) },
  { title: 'the text of a message', names: [PARSE, CANONICAL] },
];

async function run({ rounds, quick, progress, say }: BenchmarkRun): Promise<Findings> {
  const turnMs = quick ? 20 : 500;
  say('seeding a mesh, for its certificates and a message');
  const mesh = await seedMesh({ nodes: 64, identities: 64 });
  try {
    const sample = sampleMessage(mesh);
    const exchange = { request: sample.request, answer: SAMPLE_ANSWER };
    await using started = await startParts([
      verifyOnLoop(sample, turnMs),
      ...verifyOnPool(sample, turnMs),
      signOnLoop(sample, turnMs),
      parseText(sample.text, turnMs),
      canonicalText(sample.text, turnMs),
      ...ROWS.map((rows) => () => commitRows(rows, sample, turnMs)),
      ...([LIBSODIUM, TWO_LIBSODIUM] as const).map((name) => () => verifyByLibsodium(name, sample, turnMs)),
      ...CONNECTIONS.flatMap((connections) => exchangeParts({ ...exchange, connections }, mesh, turnMs)),
    ]);
    const results = await interleave(started.parts, rounds, progress, { warmUp: !quick });
    return {
      tables: GROUPS.flatMap((group) => tablesOf(group, results)),
      notes: [
        `The message is a signed benchmark: a request of ${sample.request.length} bytes, of which ${sample.signed.length} are signed. An answer has a body of ${SAMPLE_ANSWER.length} bytes.`,
        'CPU counts every thread of the process that does the work, and system time. For exchanges it is that of the server; the client is another process and takes its share of the machine, so rates are what both reach together.',
        'TLS contains the socket, and node:http contains the socket: what each adds is the difference.',
        'A commit is on the real disk of the temporary folder when it returns. CPU does not count what the kernel does for it in threads of its own.',
        'libsodium is given the same message for a whole turn, so no message is handed over between threads. Its figure says what the arithmetic costs, not that its verdict is the strict one on every odd signature.',
      ],
    };
  } finally {
    await mesh.remove();
  }
}

function tablesOf({ title, names }: Group, results: PartRounds): Table[] {
  const [baseline = ''] = names;
  const table = (what: string, unit: string, better: Better, value: (figures: PartFigures) => number) => ({
    title: `${title}: ${what}`,
    baseline,
    rows: names.map((name): Measurement => {
      const values = (results.get(name) ?? []).map(value);
      const row = { name, unit, better, ...summarise(values) };
      if (name === baseline) return row;
      return { ...row, ratio: pairedRatio(values, (results.get(baseline) ?? []).map(value)) };
    }),
  });
  return [
    table('rate', 'operations/s', 'more', ({ perSecond }) => perSecond),
    table('CPU', 'µs of CPU each', 'less', ({ cpuMicros }) => cpuMicros),
  ];
}
