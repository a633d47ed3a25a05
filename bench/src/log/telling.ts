// What it costs to note what nodes are told, and to put it into the log: the same work with and without, in
// turns.

import type { BenchmarkRun } from '../benchmark.ts';
import { interleave } from '../interleave.ts';
import { less, type Measurement, type Table } from '../report.ts';
import { pairedRatio } from '../statistics.ts';
import { startToldMesh } from './told-mesh.ts';

const [EPOCH, NOTED_EPOCH] = ['an epoch is published, and nothing noted', 'an epoch is published and noted'];
const RECORDED = 'what was noted of an epoch is recorded';
const [DENIAL, NOTED_DENIAL] = ['everybody gets a removal, and nothing is noted', 'everybody gets a removal'];

/** @param nodes of the mesh, in groups for epochs and all of them peers for denials */
export async function tellingTables(
  nodes: number,
  { rounds, quick, progress, say }: Pick<BenchmarkRun, 'rounds' | 'quick' | 'progress' | 'say'>,
): Promise<Table[]> {
  say(`${nodes} nodes: seeding and starting, twice`);
  await using grouped = await startToldMesh(nodes, true);
  await using whole = await startToldMesh(nodes, false);
  const epochs = await interleave(
    [
      { name: EPOCH, run: () => grouped.epoch(false) },
      { name: NOTED_EPOCH, run: () => grouped.epoch(true) },
    ],
    rounds,
    progress,
    { warmUp: !quick },
  );
  const denials = await interleave(
    [
      { name: DENIAL, run: () => whole.denial(false) },
      { name: NOTED_DENIAL, run: () => whole.denial(true) },
    ],
    rounds,
    progress,
    { warmUp: !quick },
  );
  const [plain, noted] = [EPOCH, NOTED_EPOCH].map((name) => epochs.get(name) ?? []);
  const publishMs = (plain ?? []).map((one) => one.publishMs);
  return [
    tableOf(`Telling ${nodes.toLocaleString('en-US')} nodes of an epoch`, EPOCH, publishMs, [
      [NOTED_EPOCH, (noted ?? []).map((one) => one.publishMs)],
      [RECORDED, (noted ?? []).map((one) => one.recordMs)],
    ]),
    tableOf(
      `Telling ${(nodes - 1).toLocaleString('en-US')} nodes of a denial`,
      DENIAL,
      denials.get(DENIAL) ?? [],
      [[NOTED_DENIAL, denials.get(NOTED_DENIAL) ?? []]],
    ),
  ];
}

function tableOf(
  title: string,
  baseline: string,
  values: readonly number[],
  others: readonly (readonly [name: string, values: readonly number[]])[],
): Table {
  const row = (name: string, of: readonly number[]): Measurement => less(name, 'ms of CPU', of);
  return {
    title,
    baseline,
    rows: [
      row(baseline, values),
      ...others.map(([name, of]) => ({ ...row(name, of), ratio: pairedRatio(of, values) })),
    ],
  };
}
