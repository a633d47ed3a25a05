// The cost of a new epoch for a controller: to decide about every node, store the decisions and tell every
// node, with its keys sealed. It measures several sizes of mesh with the same number of peers per node. A
// mesh of ten times the size should cost ten times as much, not a hundred times.

import { DEFAULT_SUITE } from '@mesh/seal';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { interleaveWithParts } from '../limits/interleave-with-parts.ts';
import type { Findings } from '../report.ts';
import { someKemPublicKey } from '../sealing/some-kem-public-key.ts';
import {
  admissionTable,
  LARGEST_NODES,
  missedTargets,
  rotateTables,
  startTable,
  TARGET_NODES,
} from './epoch-findings.ts';
import { epochDistance, epochParts, pairsIn } from './epoch-floor.ts';
import { type EpochMesh, type EpochMeshPlan, GROUP, startEpochMesh } from './epoch-mesh.ts';
import type { PublishFigures } from './epoch-messages.ts';

export const epochBenchmark: Benchmark = {
  name: 'epoch',
  summary:
    'opening and publishing an epoch at 1,000 to 20,000 nodes; event-loop delay; memory; mass admission',
  rounds: 5,
  run,
};

const notes = [
  'The floor of an epoch is a key for every pair of peers (both have the same), the text and the hash of every answer, one signature and one commit, each part as it costs alone in the same rounds (see the benchmark limits).',
  `Nodes stand in groups of ${GROUP}, so each has ${GROUP - 1} peers, and each has a blocking query open when the epoch is opened; nobody comes or goes. An edge is one end of a pair.`,
  `Keys are sealed by ${DEFAULT_SUITE}; their encapsulations are made before the epoch is ordered, as they are in the time before a freeze.`,
  'Answers are rendered and signed as for the wire, but not sent: the config benchmark measures HTTP and TLS.',
  'The start reads the mesh from disk, checks the log, and admits every node in its first epoch, each with its log entry.',
  'Event-loop delay by perf_hooks with a resolution of 1 ms, over freeze and publication.',
];

async function run({ rounds, quick, progress, say, profileDir }: BenchmarkRun): Promise<Findings> {
  const sizes = quick ? [101, 202] : [1_000, 5_000, TARGET_NODES, LARGEST_NODES];
  const plan = { kemPublicKey: someKemPublicKey(DEFAULT_SUITE), profileDir };
  const admittedNodes = quick ? 101 : TARGET_NODES;
  say(`${admittedNodes} nodes: admitted at once`);
  const admission = await admitAll({ ...plan, nodes: admittedNodes, measured: false });
  const meshes: EpochMesh[] = [];
  try {
    for (const nodes of sizes) {
      say(`${nodes} nodes: seeding and starting`);
      meshes.push(await startEpochMesh({ ...plan, nodes, measured: true }));
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
      { warmUp: !quick },
    );
    const figures = meshes.map(({ name, nodes, start }) => ({
      nodes,
      start,
      rotations: results.get(name) ?? [],
    }));
    const distances = meshes.map(({ name, nodes }) =>
      epochDistance(
        { name, nodes, pairs: pairsIn(nodes, GROUP) },
        parts,
        (results.get(name) ?? []).map(({ publishCpuMs }) => publishCpuMs),
      ),
    );
    return {
      tables: [
        startTable(figures),
        admissionTable(admittedNodes, admission),
        ...rotateTables(figures),
        ...distances.map(({ table }) => table),
      ],
      notes: [...distances.map(({ line }) => line), ...notes],
      missed: quick ? [] : missedTargets(figures, admission),
    };
  } finally {
    await Promise.all(meshes.map(({ stop }) => stop()));
  }
}

async function admitAll(plan: EpochMeshPlan): Promise<PublishFigures> {
  const mesh = await startEpochMesh(plan);
  try {
    return await mesh.admit();
  } finally {
    await mesh.stop();
  }
}
