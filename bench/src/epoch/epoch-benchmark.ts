// The cost of a new epoch for a controller: to decide about every node, store the decisions and tell every
// node. It measures two sizes of mesh with the same number of peers per node. The larger mesh should cost ten
// times as much as the smaller one, not a hundred times.

import { once } from 'node:events';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { forkMain } from '../fork-main.ts';
import { interleaveWithParts } from '../limits/interleave-with-parts.ts';
import type { Better, Findings, Measurement, Table } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { epochDistance, epochParts, pairsIn } from './epoch-floor.ts';
import type { EpochReply, EpochRequest, RotateFigures, StartFigures } from './epoch-messages.ts';

const GROUP = 101;

export const epochBenchmark: Benchmark = {
  name: 'epoch',
  summary: 'opening and publishing an epoch at 1,000 and 10,000 nodes; event-loop delay; memory',
  rounds: 5,
  run,
};

interface Row {
  readonly title: string;
  readonly unit: string;
  /** Default: less. */
  readonly better?: Better;
  readonly value: (figures: RotateFigures) => number;
}

const ROWS: readonly Row[] = [
  { title: 'evaluation of every node', unit: 'ms', value: (figures) => figures.evaluateMs },
  { title: 'freeze: order to epoch on disk', unit: 'ms', value: (figures) => figures.freezeMs },
  {
    title: "publication: order to the last node's delta",
    unit: 'ms',
    value: (figures) => figures.publishMs,
  },
  {
    title: 'deltas rendered and signed',
    unit: 'answers/s',
    better: 'more',
    value: (figures) => figures.answers / ((figures.publishMs - figures.freezeMs) / 1000),
  },
  { title: 'event-loop delay meanwhile, median', unit: 'ms', value: (figures) => figures.loopDelayP50Ms },
  { title: 'event-loop delay meanwhile, p99', unit: 'ms', value: (figures) => figures.loopDelayP99Ms },
  { title: 'event-loop delay meanwhile, longest', unit: 'ms', value: (figures) => figures.loopDelayMaxMs },
  { title: 'heap at rest', unit: 'MiB', value: (figures) => figures.heapMiB },
  { title: 'resident memory meanwhile, highest', unit: 'MiB', value: (figures) => figures.peakRssMiB },
];

async function run({ rounds, quick, progress, say, profileDir }: BenchmarkRun): Promise<Findings> {
  const sizes = quick ? [101, 303] : [1_000, 10_000];
  const meshes: Mesh[] = [];
  try {
    for (const nodes of sizes) {
      say(`${nodes} nodes: seeding and starting`);
      meshes.push(await startMesh(nodes, profileDir));
    }
    const [first] = meshes;
    if (first === undefined) throw new RangeError('there is no mesh');
    const { sample } = await first.rotate();
    await using floor = await epochParts(first.seeded, sample, GROUP - 1, quick ? 20 : 200);
    const { results, parts } = await interleaveWithParts(
      meshes.map(({ name, rotate }) => ({ name, run: rotate })),
      floor.parts,
      rounds,
      progress,
    );
    const distances = meshes.map(({ name, nodes }) =>
      epochDistance(
        { name, nodes, pairs: pairsIn(nodes, GROUP) },
        parts,
        (results.get(name) ?? []).map(({ publishCpuMs }) => publishCpuMs),
      ),
    );
    return {
      tables: [startTable(meshes), ...rotateTables(results), ...distances.map(({ table }) => table)],
      notes: [...distances.map(({ line }) => line), ...notes],
    };
  } finally {
    await Promise.all(meshes.map(({ stop }) => stop()));
  }
}

const notes = [
  'The floor of an epoch is a key for every pair of peers (both have the same), the text and the hash of every answer, one signature and one commit, each part as it costs alone in the same rounds (see the benchmark limits).',
  'Nodes stand in groups of 101, so each has 100 peers, and each has a blocking query open when the epoch is opened; nobody comes or goes.',
  'Deltas are rendered and signed as for the wire, with 100 keys each, but not sent: the config benchmark measures HTTP and TLS.',
  'The start reads the mesh from disk, checks the log, and admits every node in its first epoch, each with its log entry, in one transaction.',
  'Event-loop delay by perf_hooks with a resolution of 1 ms, over freeze and publication.',
];

interface Mesh {
  readonly name: string;
  readonly nodes: number;
  readonly seeded: SeededMesh;
  readonly start: StartFigures;
  rotate(): Promise<RotateFigures>;
  stop(): Promise<void>;
}

async function startMesh(nodes: number, profileDir: string | undefined): Promise<Mesh> {
  const mesh = await seedMesh({
    nodes,
    // For the message of the floor.
    identities: 1,
    groupSize: GROUP,
    settings: { epoch_seconds: 86_400 },
  });
  const profile = profileDir === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileDir];
  const child = forkMain(new URL('./epoch-main.ts', import.meta.url), ['--expose-gc', ...profile]);
  const ask = (request: EpochRequest): Promise<Extract<EpochReply, { ok: true }>> =>
    new Promise((resolve, reject) => {
      const ended = () => reject(new Error('the process that held the mesh has ended'));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        const reply = message as EpochReply;
        if (reply.ok) resolve(reply);
        else reject(new Error(reply.message));
      });
      child.send(request);
    });
  const { start } = await ask({ op: 'start', config: mesh.config });
  if (start === undefined) throw new Error('the mesh gave no figures of its start');
  return {
    name: `${nodes.toLocaleString('en-US')} nodes`,
    nodes,
    seeded: mesh,
    start,
    rotate: async () => {
      const { rotate } = await ask({ op: 'rotate' });
      if (rotate === undefined) throw new Error('the mesh gave no figures of its epoch');
      return rotate;
    },
    stop: async () => {
      if (child.exitCode === null) {
        const exit = once(child, 'exit');
        child.disconnect();
        await exit;
      }
      await mesh.remove();
    },
  };
}

function startTable(meshes: readonly Mesh[]): Table {
  const rows = meshes.flatMap(({ name, start }): Measurement[] => [
    { name: `${name}: time`, unit: 'ms', better: 'less', ...summarise([start.startMs]) },
    { name: `${name}: resident memory`, unit: 'MiB', better: 'less', ...summarise([start.rssMiB]) },
  ]);
  return { title: 'start, with everybody admitted (once)', rows };
}

function rotateTables(results: ReadonlyMap<string, readonly RotateFigures[]>): Table[] {
  const baseline = [...results.keys()][0] ?? '';
  const base = results.get(baseline) ?? [];
  return ROWS.map(({ title, unit, better = 'less', value }) => ({
    title,
    baseline,
    rows: [...results].map(([name, rounds]): Measurement => {
      const values = rounds.map(value);
      const row = { name, unit, better, ...summarise(values) };
      return name === baseline ? row : { ...row, ratio: pairedRatio(values, base.map(value)) };
    }),
  }));
}
