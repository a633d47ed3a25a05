// Config answers per second, as nodes get them: over mutual TLS, signed, with the keys derived for each
// answer.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { askConfig } from '../controller/ask-config.ts';
import type { NodeIdentity } from '../controller/seed-mesh.ts';
import { interleaveWithParts } from '../limits/interleave-with-parts.ts';
import { startLoadGenerator } from '../load/load-generator.ts';
import { loadTables, sizeTable } from '../load/load-tables.ts';
import type { Findings, Table } from '../report.ts';
import { configDistance, configParts } from './config-floor.ts';
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
  const floors: string[] = [];
  for (const peers of options.quick ? [10] : [10, 100, 1_000]) {
    const found = await measure(peers, options);
    tables.push(...found.tables);
    floors.push(...found.floors);
  }
  return {
    tables,
    notes: [
      ...floors,
      'The floor of a full config is an exchange of its size over TLS and HTTP, a key for each peer, its text and hash, and a signature, each part as it costs alone in the same rounds (see the benchmark limits).',
      `${ASKING} nodes ask over a kept mutual-TLS connection each, one question at a time.`,
      'Full configs and new epochs carry a key for every peer, derived in the worker for each answer; a moved peer costs one, a removal none.',
      'Nothing is cached between answers: the rates are what a controller does when all its nodes come at once.',
    ],
  };
}

async function measure(
  peers: number,
  { rounds, quick, progress, say, profileDir }: BenchmarkRun,
): Promise<{ readonly tables: readonly Table[]; readonly floors: readonly string[] }> {
  say(`${peers} peers: seeding, and waiting for two epochs`);
  await using scene = await setConfigScene(peers, profileDir);
  const { mesh, controller, versions } = scene;
  const generator = await startLoadGenerator({
    meshId: mesh.meshId,
    caPem: mesh.caPem,
    identities: mesh.identities,
  });
  try {
    const asked = await askConfig(controller, mesh.caPem, mesh.identities[0] as NodeIdentity, '');
    await using floor = await configParts(mesh, asked, { peers, asking: ASKING }, quick ? 20 : 200);
    const target = { port: controller.nodesPort, tls: true, pid: controller.pid };
    const many = quick ? 2 * ASKING : 1_600;
    const large = quick ? ASKING : Math.max(64, Math.round(16_000 / peers));
    const contender = (name: string, query: string, requests: number) => ({
      name,
      run: () => generator.run({ target, load: { kind: 'config', query }, connections: ASKING, requests }),
    });
    const since = (version: string) => `?version=${encodeURIComponent(version)}`;
    const { results, parts } = await interleaveWithParts(
      [
        contender(FULL, '', large),
        contender('delta: a new epoch', since(versions.beforeEpoch), large),
        contender('delta: a peer moved', since(versions.beforeMove), many),
        contender('delta: a peer removed', since(versions.beforeQuarantine), many),
      ],
      floor.parts,
      rounds,
      progress,
      { warmUp: !quick },
    );
    const title = `${peers} peers`;
    const full = results.get(FULL) ?? [];
    const cpu = full.flatMap(({ serverCpuMicros }) => serverCpuMicros ?? []);
    // Without /proc there is no CPU time to compare.
    const distances = cpu.length < full.length ? [] : [configDistance({ peers, asking: ASKING }, parts, cpu)];
    return {
      tables: [
        ...loadTables(title, results, FULL),
        sizeTable(title, results),
        ...distances.map(({ table }) => table),
      ],
      floors: distances.map(({ line }) => line),
    };
  } finally {
    await generator.stop();
  }
}
