// Config answers per second, as nodes get them: over mutual TLS, signed, with the keys derived for each
// answer.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { interleave } from '../interleave.ts';
import { startLoadGenerator } from '../load/load-generator.ts';
import { loadTables } from '../load/load-tables.ts';
import type { Findings, Measurement, Table } from '../report.ts';
import { summarise } from '../statistics.ts';
import { ASKING, setConfigScene } from './config-scene.ts';

const FULL = 'full config';

export const configBenchmark: Benchmark = {
  name: 'config',
  summary: 'full and delta configs per second at 10, 100 and 1,000 peers',
  rounds: 5,
  run,
};

async function run(options: BenchmarkRun): Promise<Findings> {
  const tables: Table[] = [];
  for (const peers of options.quick ? [10] : [10, 100, 1_000])
    tables.push(...(await measure(peers, options)));
  return {
    tables,
    notes: [
      `${ASKING} nodes ask over a kept mutual-TLS connection each, one question at a time.`,
      'Full configs and new epochs carry a key for every peer, derived in the worker for each answer; a moved peer costs one, a removal none.',
      'Nothing is cached between answers: the rates are what a controller does when all its nodes come at once.',
    ],
  };
}

async function measure(
  peers: number,
  { rounds, quick, progress, say, profileDir }: BenchmarkRun,
): Promise<Table[]> {
  say(`${peers} peers: seeding, and waiting for two epochs`);
  await using scene = await setConfigScene(peers, profileDir);
  const { mesh, controller, versions } = scene;
  const generator = await startLoadGenerator({
    meshId: mesh.meshId,
    caPem: mesh.caPem,
    identities: mesh.identities,
  });
  try {
    const target = { port: controller.nodesPort, tls: true, pid: controller.pid };
    const many = quick ? 2 * ASKING : 1_600;
    const large = quick ? ASKING : Math.max(64, Math.round(16_000 / peers));
    const contender = (name: string, query: string, requests: number) => ({
      name,
      run: () => generator.run({ target, load: { kind: 'config', query }, connections: ASKING, requests }),
    });
    const since = (version: string) => `?version=${encodeURIComponent(version)}`;
    const results = await interleave(
      [
        contender(FULL, '', large),
        contender('delta: a new epoch', since(versions.beforeEpoch), large),
        contender('delta: a peer moved', since(versions.beforeMove), many),
        contender('delta: a peer removed', since(versions.beforeQuarantine), many),
      ],
      rounds,
      progress,
    );
    const sizes = [...results].map(
      ([name, round]): Measurement => ({
        name,
        unit: 'bytes',
        better: 'less',
        ...summarise(round.map((result) => result.bytesPerAnswer)),
      }),
    );
    const title = `${peers} peers`;
    return [...loadTables(title, results, FULL), { title: `${title}: size of an answer`, rows: sizes }];
  } finally {
    await generator.stop();
  }
}
