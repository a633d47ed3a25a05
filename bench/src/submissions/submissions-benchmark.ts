// Submissions per second: the controller (mutual TLS, signature, sequence, freshness, decision, log entry, on
// disk before the answer) compared with a server of the same framework that checks nothing and keeps
// everything in memory.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { startControllerProcess } from '../controller/controller-process.ts';
import { type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { interleaveWithParts } from '../limits/interleave-with-parts.ts';
import type { Part } from '../limits/part.ts';
import { type LoadGenerator, startLoadGenerator } from '../load/load-generator.ts';
import type { LoadResult, LoadTarget } from '../load/load-messages.ts';
import { loadTables } from '../load/load-tables.ts';
import type { Findings, Table } from '../report.ts';
import { submissionDistances, submissionParts } from './submission-floor.ts';
import { startUnsignedServer } from './unsigned-server.ts';

const CONTROLLER = 'controller: signed, verified, durable, mutual TLS';
const UNSIGNED_TLS = 'unsigned, in memory, same mutual TLS';
const UNSIGNED_PLAIN = 'unsigned, in memory, plain HTTP';

export const submissionsBenchmark: Benchmark = {
  name: 'submissions',
  summary: 'signed, durable submissions per second at 1, 16 and 64 connections',
  rounds: 5,
  run,
};

async function run(options: BenchmarkRun): Promise<Findings> {
  const { quick, say, profileDir } = options;
  const connectionCounts = quick ? [16] : [1, 16, 64];
  say('seeding a mesh and starting three servers');
  const mesh = await seedMesh({ nodes: 64, identities: 64 });
  await using servers = await startServers(mesh, profileDir);
  const tables: Table[] = [];
  const floors: string[] = [];
  for (const connections of connectionCounts) {
    say(`${connections} connection${connections === 1 ? '' : 's'}`);
    const requests = quick ? 2 * connections : connections === 1 ? 1_500 : 6_000;
    await using floor = await submissionParts(mesh, connections, quick ? 20 : 100);
    const found = await measure(servers, floor.parts, connections, requests, options);
    tables.push(...found.tables);
    floors.push(...found.floors);
  }
  return {
    tables,
    notes: [
      ...floors,
      'A floor is the sum of what an answer cannot avoid, each part as it costs alone in the same rounds, with as many connections; the sum is taken within each round. The verification is the fastest at hand (libsodium). See the benchmark limits.',
      'Every request of the controller carries a fresh Ed25519 signature, made before the clock starts; each connection is one node with its own client certificate and sends its next request when the last is answered.',
      'The generator is a separate process. Its rows say how much of a core it used: if generator and server together want more than the machine has, rates are lower than either could reach.',
      'CPU of the server counts all of its threads (signatures that arrive together are verified in a thread of their own), so it is the steadiest row on a busy machine. The ratio of rates compares one process using several cores with one that mostly uses one.',
    ],
  };
}

interface Servers extends AsyncDisposable {
  readonly generator: LoadGenerator;
  readonly targets: ReadonlyMap<string, LoadTarget>;
}

async function startServers(mesh: SeededMesh, profileDir: string | undefined): Promise<Servers> {
  const tls = { caPem: mesh.caPem, ...mesh.server };
  const [controller, unsignedTls, unsignedPlain, generator] = await Promise.all([
    startControllerProcess(mesh, profileDir),
    startUnsignedServer({ tls }),
    startUnsignedServer({}),
    startLoadGenerator({ meshId: mesh.meshId, caPem: mesh.caPem, identities: mesh.identities }),
  ]);
  return {
    generator,
    targets: new Map<string, LoadTarget>([
      [UNSIGNED_TLS, { port: unsignedTls.port, tls: true, pid: unsignedTls.pid }],
      [CONTROLLER, { port: controller.nodesPort, tls: true, pid: controller.pid }],
      [UNSIGNED_PLAIN, { port: unsignedPlain.port, tls: false, pid: unsignedPlain.pid }],
    ]),
    [Symbol.asyncDispose]: async () => {
      await generator.stop();
      await Promise.all([controller.stop(), unsignedTls.stop(), unsignedPlain.stop()]);
      await mesh.remove();
    },
  };
}

async function measure(
  { generator, targets }: Servers,
  floor: readonly Part[],
  connections: number,
  requests: number,
  { rounds, quick, progress }: BenchmarkRun,
): Promise<{ readonly tables: readonly Table[]; readonly floors: readonly string[] }> {
  const contenders = [...targets].map(([name, target]) => ({
    name,
    run: (): Promise<LoadResult> =>
      generator.run({ target, load: { kind: 'submissions' }, connections, requests }),
  }));
  const { results, parts } = await interleaveWithParts(contenders, floor, rounds, progress, {
    warmUp: !quick,
  });
  const over = `${connections} kept-alive connection${connections === 1 ? '' : 's'}`;
  const distances = submissionDistances(over, connections, parts, results.get(CONTROLLER) ?? []);
  return {
    tables: [...loadTables(over, results, UNSIGNED_TLS), ...distances.map(({ table }) => table)],
    floors: distances.map(({ line }) => line),
  };
}
