// Measures the time from the cause of a denial (a bad score, a revocation, the instant at which a benchmark
// turns stale) to the removal at every other node. It runs over open blocking queries, and ends when an agent
// has checked and applied the delta.

import { hrtime } from 'node:process';
import { setTimeout as elapsed } from 'node:timers/promises';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { askConfig } from '../controller/ask-config.ts';
import { adminOf } from '../controller/ask-controller.ts';
import { type ControllerProcess, startControllerProcess } from '../controller/controller-process.ts';
import { type NodeIdentity, type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { interleaveWithParts } from '../limits/interleave-with-parts.ts';
import type { PartRounds } from '../limits/part.ts';
import { KeptConnection } from '../load/kept-connection.ts';
import { SignedSubmissions } from '../load/signed-submissions.ts';
import { processCpuMs } from '../process-cpu.ts';
import type { Findings, Table } from '../report.ts';
import {
  CAUSES,
  type Cause,
  type Denial,
  denialFindings,
  type Round,
  type Scene,
} from './denial-findings.ts';
import { denialDistance, denialParts } from './denial-floor.ts';
import { knownMesh } from './known-mesh.ts';
import { startWatchers, type Watchers } from './watchers.ts';

const SCENES: readonly Scene[] = [
  { agents: 100, targetMs: 30 },
  { agents: 1_000, targetMs: 100, cpuTargetMs: 40 },
];
const PROCESSES = 2;
/** The pause after each denial, so that every agent's next query is open before the next denial. */
const PAUSE_MS = 150;
/** The longest possible epoch, so that no boundary comes in between. */
const EPOCH_SECONDS = 86_400;
const MAX_BENCHMARK_AGE_MS = 86_400_000;
/** The time from sending a benchmark until it turns stale. Its answer comes long before that. */
const STALE_IN_MS = 400;

export const denialBenchmark: Benchmark = {
  name: 'denial',
  summary: 'from a bad score, a revocation or staleness to the removal at 100 and 1,000 agents',
  rounds: 10,
  run,
};

async function run(options: BenchmarkRun): Promise<Findings> {
  const scenes = options.quick ? [{ agents: 20, targetMs: 30 }] : SCENES;
  const tables: Table[] = [];
  const missed: string[] = [];
  const floors: string[] = [];
  for (const scene of scenes) {
    const { rounds, parts } = await measure(scene, options);
    const found = denialFindings(scene, rounds);
    tables.push(...found.tables);
    missed.push(...found.missed);
    const cpu = rounds.flatMap(({ controllerCpuMs }) => controllerCpuMs ?? []);
    // Without /proc there is no CPU time to compare.
    if (cpu.length < rounds.length) continue;
    const { table, line } = denialDistance(scene.agents, parts, cpu);
    tables.push(table);
    floors.push(line);
  }
  return {
    tables,
    // A quick run is too short to miss anything.
    missed: options.quick ? [] : missed,
    notes: [
      ...floors,
      'The floor of a denial is one signature, one commit and an answer to every agent over 64 connections, each part as it costs alone in the same rounds (see the benchmark limits). It leaves out the request that causes the denial, and its TLS handshake.',
      'Each round denies nodes in turn by a signed bad score over mutual TLS, by a revocation over the administration socket and by staleness; the clock starts just before the request is written, or at the last millisecond at which the benchmark is fresh, and stops for each agent when it has parsed, verified and taken over its removal notice.',
      "The targets are for the last agent of each denial, and for the controller's CPU. The controller is the shipped process on a real disk; the agents run in two other processes, so on two cores all three compete. The agents' own CPU is given apart: each verifies and reads its notice, as agents on machines of their own would do at the same time.",
      'Agents start from the version that one of them was given with the full config; every later byte is their own. What a removal costs in WireGuard comes on top (1-4 ms).',
    ],
  };
}

interface Measured {
  readonly rounds: readonly Round[];
  readonly parts: PartRounds;
}

async function measure({ agents }: Scene, options: BenchmarkRun): Promise<Measured> {
  const { rounds, quick, say, progress, profileDir } = options;
  // 10 rounds of 4 for each of three causes: 120 denials.
  const each = quick ? 2 : 4;
  // One extra round to warm up, and before it one denial whose removal the floor is measured with.
  const played = rounds + (quick ? 0 : 1);
  const victims = 1 + played * each * CAUSES.length;
  say(`${agents} agents: seeding`);
  const mesh = await seedMesh({
    nodes: agents + victims,
    identities: agents + victims,
    settings: { epoch_seconds: EPOCH_SECONDS, max_benchmark_age_seconds: MAX_BENCHMARK_AGE_MS / 1000 },
    startedBefore: true,
  });
  const controller = await startControllerProcess(mesh, profileDir);
  const admin = adminOf(controller);
  const denied = mesh.identities.slice(agents);
  let watchers: Watchers | undefined;
  try {
    say(`${agents} agents: connecting`);
    const known = await knownMesh(controller, mesh);
    watchers = await startWatchers(PROCESSES, {
      port: controller.nodesPort,
      caPem: mesh.caPem,
      configPublicKey: mesh.configPublicKey,
      identities: mesh.identities.slice(0, agents),
      known,
    });
    await elapsed(quick ? 200 : 2_000);
    const stage: Stage = { mesh, controller, watchers, revoke: admin.client.revoke };
    await measureRound(denied.splice(0, 1), stage);
    // Asked by a node that is denied last: an agent's second question would end its first.
    const last = denied.at(-1) as NodeIdentity;
    const query = `?version=${encodeURIComponent(known.version)}&wait=60s&instance=bench-${last.nodeId}&notices=1`;
    const told = await askConfig(controller, mesh.caPem, last, query);
    await using floor = await denialParts(mesh, told, quick ? 20 : 200);
    const round = () => measureRound(denied.splice(0, each * CAUSES.length), stage);
    const name = `${agents} agents`;
    const { results, parts } = await interleaveWithParts(
      [{ name, run: round }],
      floor.parts,
      rounds,
      progress,
      { warmUp: !quick },
    );
    return { rounds: results.get(name) ?? [], parts };
  } finally {
    await watchers?.stop();
    admin.close();
    await controller.stop();
    await mesh.remove();
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
  const denials: Denial[] = [];
  const cpuBefore = await watchers.cpuMicros();
  const serverBefore = processCpuMs(controller.pid);
  let busyMs = 0;
  for (const [at, victim] of victims.entries()) {
    const cause = CAUSES[at % CAUSES.length] ?? 'bad score';
    await watchers.expect(victim.nodeId);
    const latencies = await deny(cause, victim, stage);
    busyMs += Math.max(...latencies);
    denials.push({ cause, latencies });
    await elapsed(PAUSE_MS);
  }
  const serverAfter = processCpuMs(controller.pid);
  const agentsCpuMs = ((await watchers.cpuMicros()) - cpuBefore) / 1000;
  return {
    denials,
    agentsCpuMs: agentsCpuMs / victims.length,
    generatorLoad: agentsCpuMs / busyMs,
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
    const submissions = new SignedSubmissions(mesh.meshId, victim);
    const startNs = await (cause === 'staleness' ? turnStale : scoreBadly)(submissions, connection);
    const removals = await watchers.removals();
    return removals.map((ns) => millis(ns - startNs));
  } finally {
    connection.close();
  }
}

/** @returns when the request was about to be written, in monotonic nanoseconds */
async function scoreBadly(submissions: SignedSubmissions, connection: KeptConnection): Promise<bigint> {
  const request = submissions.next({ overall: 0.1 });
  const startNs = hrtime.bigint();
  const { status } = await connection.send(request);
  if (status !== 200) throw new Error(`the bad score was answered ${status}`);
  return startNs;
}

/**
 * Sends a good benchmark that is about to turn stale. (Age counts from the measurement if that is earlier.)
 *
 * @returns the last instant at which it is fresh, in monotonic nanoseconds, or up to a millisecond before
 *   that
 */
async function turnStale(submissions: SignedSubmissions, connection: KeptConnection): Promise<bigint> {
  const nowMs = Date.now();
  const freshUntilNs = hrtime.bigint() + BigInt(STALE_IN_MS) * 1_000_000n;
  const { status } = await connection.send(
    submissions.next(undefined, nowMs + STALE_IN_MS - MAX_BENCHMARK_AGE_MS),
  );
  if (status !== 200) throw new Error(`the benchmark that turns stale was answered ${status}`);
  if (hrtime.bigint() >= freshUntilNs) throw new Error('the benchmark was stale before it was answered');
  return freshUntilNs;
}

const millis = (ns: bigint): number => Number(ns) / 1e6;
