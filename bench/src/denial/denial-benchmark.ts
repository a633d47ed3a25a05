// From what denies a node (a bad score, a revocation) to the removal at every other one: over open blocking queries, to
// the moment when an agent has checked the delta and taken it over.

import { hrtime } from 'node:process';
import { setTimeout as elapsed } from 'node:timers/promises';
import { isDelta } from '@mesh/protocol';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { adminOf, nodeClientOf } from '../controller/ask-controller.ts';
import { type ControllerProcess, startControllerProcess } from '../controller/controller-process.ts';
import { type NodeIdentity, type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { KeptConnection } from '../load/kept-connection.ts';
import { SignedSubmissions } from '../load/signed-submissions.ts';
import { processCpuMs } from '../process-cpu.ts';
import type { Findings, Measurement, Table } from '../report.ts';
import { quantile, summarise } from '../statistics.ts';
import { startWatchers, type Watchers } from './watchers.ts';

const CAUSES = ['bad score', 'revocation'] as const;
type Cause = (typeof CAUSES)[number];

interface Scene {
  readonly agents: number;
  /** The p99 that is aimed at. */
  readonly targetMs: number;
}

const SCENES: readonly Scene[] = [
  { agents: 100, targetMs: 250 },
  { agents: 1_000, targetMs: 1_000 },
];
const PROCESSES = 2;
/** After each denial, so that every agent's next query is open before the next one. */
const PAUSE_MS = 150;

export const denialBenchmark: Benchmark = {
  name: 'denial',
  summary: 'from a bad score or a revocation to the removal at 100 and 1,000 agents',
  rounds: 10,
  run,
};

async function run(options: BenchmarkRun): Promise<Findings> {
  const scenes = options.quick ? [{ agents: 20, targetMs: 250 }] : SCENES;
  const tables: Table[] = [];
  for (const scene of scenes) tables.push(...(await measure(scene, options)));
  return {
    tables,
    notes: [
      'Each round denies nodes in turn by a signed bad score over mutual TLS and by a revocation over the administration socket; the clock starts just before the request is written, and stops for each agent when it has parsed, verified and taken over its delta.',
      'Percentiles are over all agents and denials of a round. The controller is the shipped process on a real disk; the agents run in two other processes, so on two cores all three compete.',
      'Agents start from the version that one of them was given with the full config; every later byte is their own. What a removal costs in WireGuard comes on top (1-4 ms).',
    ],
  };
}

interface Round {
  readonly byCause: ReadonlyMap<Cause, readonly number[]>;
  readonly generatorLoad: number;
  readonly controllerCpuMs: number | undefined;
}

async function measure({ agents, targetMs }: Scene, options: BenchmarkRun): Promise<Table[]> {
  const { rounds, quick, say, progress, profileDir } = options;
  // 10 rounds of 5 times two causes: 100 denials.
  const each = quick ? 2 : 5;
  // One round more than counts, to warm up.
  const victims = (rounds + 1) * each * CAUSES.length;
  say(`${agents} agents: seeding`);
  const mesh = await seedMesh({
    nodes: agents + victims,
    identities: agents + victims,
    // The longest there is: no boundary comes in between.
    settings: { epoch_seconds: 86_400 },
  });
  const controller = await startControllerProcess(mesh, profileDir);
  const admin = adminOf(controller);
  const denied = mesh.identities.slice(agents);
  let watchers: Watchers | undefined;
  try {
    say(`${agents} agents: connecting`);
    watchers = await startWatchers(PROCESSES, {
      port: controller.nodesPort,
      caPem: mesh.caPem,
      configPublicKey: mesh.configPublicKey,
      identities: mesh.identities.slice(0, agents),
      known: await knownMesh(controller, mesh),
    });
    await elapsed(quick ? 200 : 2_000);
    const results: Round[] = [];
    for (let round = 0; round <= rounds; round++) {
      if (round > 0) progress(`${agents} agents`, round, rounds);
      const of = denied.slice(round * each * CAUSES.length, (round + 1) * each * CAUSES.length);
      const result = await measureRound(of, { mesh, controller, watchers, revoke: admin.client.revoke });
      if (round > 0) results.push(result);
    }
    return tablesOf(agents, targetMs, results);
  } finally {
    await watchers?.stop();
    admin.close();
    await controller.stop();
    await mesh.remove();
  }
}

/** One agent asks in full; in a full mesh of one class the others' configs name the same nodes at the same version. */
async function knownMesh(controller: ControllerProcess, mesh: SeededMesh) {
  const [first] = mesh.identities;
  if (first === undefined) throw new Error('there are no agents');
  const asking = nodeClientOf(controller, mesh, first);
  try {
    const answer = await asking.client.config({});
    if (answer === undefined || isDelta(answer.body)) throw new Error('the controller gave no full config');
    const { version, peers } = answer.body;
    return { version, nodeIds: [first.nodeId, ...peers.map((peer) => peer.node_id)] };
  } finally {
    asking.close();
  }
}

interface Stage {
  readonly mesh: SeededMesh;
  readonly controller: ControllerProcess;
  readonly watchers: Watchers;
  readonly revoke: (nodeId: string, reason: string) => Promise<unknown>;
}

async function measureRound(victims: readonly NodeIdentity[], stage: Stage): Promise<Round> {
  const { watchers, controller } = stage;
  const byCause = new Map<Cause, number[]>(CAUSES.map((cause) => [cause, []]));
  const cpuBefore = await watchers.cpuMicros();
  const serverBefore = processCpuMs(controller.pid);
  let busyMs = 0;
  for (const [at, victim] of victims.entries()) {
    const cause = CAUSES[at % CAUSES.length] ?? 'bad score';
    await watchers.expect(victim.nodeId);
    const latencies = await deny(cause, victim, stage);
    busyMs += Math.max(...latencies);
    byCause.get(cause)?.push(...latencies);
    await elapsed(PAUSE_MS);
  }
  const serverAfter = processCpuMs(controller.pid);
  return {
    byCause,
    generatorLoad: ((await watchers.cpuMicros()) - cpuBefore) / 1000 / busyMs,
    controllerCpuMs:
      serverBefore === undefined || serverAfter === undefined
        ? undefined
        : (serverAfter - serverBefore) / victims.length,
  };
}

/** @returns milliseconds to each agent's removal */
async function deny(cause: Cause, victim: NodeIdentity, stage: Stage): Promise<number[]> {
  const { mesh, controller, watchers, revoke } = stage;
  if (cause === 'revocation') {
    const startNs = hrtime.bigint();
    const answered = revoke(victim.nodeId, 'benchmark');
    const removals = await watchers.removals();
    await answered;
    return removals.map((ns) => millis(ns - startNs));
  }
  // Connected and signed before the clock starts: the victim is a node that has been reporting all along.
  const connection = await KeptConnection.open(controller.nodesPort, { ...victim, caPem: mesh.caPem });
  try {
    const request = new SignedSubmissions(mesh.meshId, victim).next({ overall: 0.1 });
    const startNs = hrtime.bigint();
    const answered = connection.send(request);
    const removals = await watchers.removals();
    const { status } = await answered;
    if (status !== 200) throw new Error(`the bad score was answered ${status}`);
    return removals.map((ns) => millis(ns - startNs));
  } finally {
    connection.close();
  }
}

const millis = (ns: bigint): number => Number(ns) / 1e6;

function tablesOf(agents: number, targetMs: number, rounds: readonly Round[]): Table[] {
  const row = (name: string, unit: string, values: readonly number[]): Measurement => ({
    name,
    unit,
    ...summarise(values),
  });
  const of = (cause: Cause, share: number) =>
    rounds.map(({ byCause }) => quantile(byCause.get(cause) ?? [], share));
  const all = CAUSES.flatMap((cause) => rounds.flatMap(({ byCause }) => byCause.get(cause) ?? []));
  const cpu = rounds.map(({ controllerCpuMs }) => controllerCpuMs).filter((ms) => ms !== undefined);
  const p99 = quantile(all, 0.99);
  const title = `${agents.toLocaleString('en-US')} agents`;
  return [
    {
      title: `${title}: to the removal, by round`,
      rows: CAUSES.flatMap((cause) => [
        row(`${cause}, p50`, 'ms', of(cause, 0.5)),
        row(`${cause}, p99`, 'ms', of(cause, 0.99)),
      ]),
    },
    {
      title: `${title}: over all ${all.length / agents} denials (target: p99 under ${targetMs} ms, ${p99 < targetMs ? 'met' : 'missed'})`,
      rows: [
        row('p50', 'ms', [quantile(all, 0.5)]),
        row('p99', 'ms', [p99]),
        row('slowest', 'ms', [Math.max(...all)]),
      ],
    },
    {
      title: `${title}: CPU`,
      rows: [
        ...(cpu.length === 0 ? [] : [row("controller's, a denial", 'ms', cpu)]),
        row(
          "generator's while a denial was under way",
          'of one core',
          rounds.map((one) => one.generatorLoad),
        ),
      ],
    },
  ];
}
