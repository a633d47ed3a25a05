// The cost of sealing the keys: the operation itself, a boundary at which every node's keys are sealed, and
// full configs as nodes get them, sealed and in the clear, from controllers that take turns.

import { DEFAULT_SUITE, SEAL_SUITES } from '@mesh/seal';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { ASKING, type ConfigScene, setConfigScene } from '../config/config-scene.ts';
import { interleave } from '../interleave.ts';
import { type LoadGenerator, startLoadGenerator } from '../load/load-generator.ts';
import { loadTables, sizeTable } from '../load/load-tables.ts';
import type { Findings, Measurement, Table } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { type BoundaryFigures, boundaryOf, ONE_SHOT, PEERS_PER_NODE } from './boundary.ts';
import { MESSAGE_LENGTH_BYTES, SEAL_BASELINE, sealContenders } from './seal-speed.ts';
import { someKemPublicKey } from './some-kem-public-key.ts';

const PEERS = 100;
const CLEAR = 'keys in the clear';

export const sealingBenchmark: Benchmark = {
  name: 'sealing',
  summary: 'seal and open by each suite, a boundary of 1,000 and 10,000 nodes, full configs sealed or not',
  rounds: 5,
  run,
};

async function run(options: BenchmarkRun): Promise<Findings> {
  return {
    tables: [
      await operationTable(options),
      ...(await boundaryTables(options)),
      ...(await configTables(options)),
    ],
    notes: [
      `One message has ${MESSAGE_LENGTH_BYTES.toLocaleString('en-US')} bytes; CPU time of one thread.`,
      `${ASKING} nodes with ${PEERS} peers each ask for full configs over a kept mutual-TLS connection each; every answer is derived and sealed in the worker, the first of each node in its own context.`,
      `A boundary: ${PEERS_PER_NODE} peers per node, by ${DEFAULT_SUITE}, in the worker; CPU is that of asking and answering threads together.`,
    ],
  };
}

async function operationTable({ rounds, quick, progress }: BenchmarkRun): Promise<Table> {
  const results = await interleave(sealContenders(quick ? 20 : 300), rounds, progress);
  const baseline = results.get(SEAL_BASELINE) ?? [];
  const rows = [...results].map(
    ([name, values]): Measurement => ({
      name,
      unit: 'ms of CPU',
      better: 'less',
      ...summarise(values),
      ...(name === SEAL_BASELINE ? {} : { ratio: pairedRatio(values, baseline) }),
    }),
  );
  return { title: 'one message', baseline: SEAL_BASELINE, rows };
}

async function boundaryTables({ rounds, quick, progress, say }: BenchmarkRun): Promise<Table[]> {
  const tables: Table[] = [];
  for (const nodes of quick ? [50] : [1_000, 10_000]) {
    const title = `a boundary of ${nodes.toLocaleString('en-US')} nodes`;
    say(title);
    await using boundary = boundaryOf(nodes, DEFAULT_SUITE);
    const results = await interleave(boundary.contenders, rounds, progress);
    const table = (what: string, unit: string, value: (figures: BoundaryFigures) => number): Table => {
      const baseline = (results.get(ONE_SHOT) ?? []).map(value);
      const rows = [...results].map(([name, figures]): Measurement => {
        const values = figures.map(value);
        const row = { name, unit, better: 'less' as const, ...summarise(values) };
        return name === ONE_SHOT ? row : { ...row, ratio: pairedRatio(values, baseline) };
      });
      return { title: `${title}: ${what}`, baseline: ONE_SHOT, rows };
    };
    const ahead = [...results].flatMap(([name, figures]): Measurement[] => {
      const values = figures.map(({ aheadCpuMs }) => aheadCpuMs);
      if (!values.some((value) => value > 0)) return [];
      return [{ name, unit: 'ms of CPU', better: 'less', ...summarise(values) }];
    });
    tables.push(
      table('from the first question to the last answer', 'ms', ({ wallMs }) => wallMs),
      table('CPU an answer', 'ms of CPU', ({ cpuMs }) => cpuMs / nodes),
      { title: `${title}: done before it`, rows: ahead },
    );
  }
  return tables;
}

async function configTables({ rounds, quick, progress, say, profileDir }: BenchmarkRun): Promise<Table[]> {
  say(`${PEERS} peers: seeding three meshes, and waiting for their epochs`);
  await using open = new AsyncDisposableStack();
  const scenes = await Promise.all(
    [undefined, ...SEAL_SUITES].map(async (suite) => {
      const scene = open.use(
        await setConfigScene(PEERS, profileDir, suite === undefined ? undefined : someKemPublicKey(suite)),
      );
      const generator = await generatorFor(scene);
      open.defer(() => generator.stop());
      return { name: suite ?? CLEAR, scene, generator };
    }),
  );
  const contenders = scenes.map(({ name, scene, generator }) => ({
    name,
    run: () =>
      generator.run({
        target: { port: scene.controller.nodesPort, tls: true, pid: scene.controller.pid },
        load: { kind: 'config', query: '' },
        connections: ASKING,
        requests: quick ? ASKING : 800,
      }),
  }));
  const results = await interleave(contenders, rounds, progress);
  const title = `full configs of ${PEERS} peers`;
  return [...loadTables(title, results, CLEAR), sizeTable(title, results)];
}

const generatorFor = ({ mesh }: ConfigScene): Promise<LoadGenerator> =>
  startLoadGenerator({ meshId: mesh.meshId, caPem: mesh.caPem, identities: mesh.identities });
