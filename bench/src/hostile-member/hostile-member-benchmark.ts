// Measures how much one member can slow down the controller. Under two floods from one certificate it
// measures the time until an operator's revocation of the member is answered and published, and the time of a
// good node's submissions. Idle is the comparison.

import { hrtime } from 'node:process';
import { setTimeout as elapsed } from 'node:timers/promises';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { adminOf } from '../controller/ask-controller.ts';
import { type ControllerProcess, startControllerProcess } from '../controller/controller-process.ts';
import { type NodeIdentity, type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { knownMesh } from '../denial/known-mesh.ts';
import { startWatchers, type Watchers } from '../denial/watchers.ts';
import { KeptConnection } from '../load/kept-connection.ts';
import { SignedSubmissions } from '../load/signed-submissions.ts';
import type { Findings } from '../report.ts';
import { type Flooder, startFlooder } from './flood.ts';
import {
  hostileFindings,
  type Round,
  SCENES,
  type Scene,
  type SceneResult,
  TARGET_MS,
} from './hostile-findings.ts';

/** The number of good nodes. Each has its own allowance and stays far below it. */
const GOOD_NODES = 25;
const CONNECTIONS = 1_000;
/** The time from the flood's first connection to the first measurement. */
const UNDER_WAY_MS = 300;
/** The time after each scene, until nothing of it is left. */
const PAUSE_MS = 500;
/** The longest possible epoch, so that no boundary comes in between. */
const EPOCH_SECONDS = 86_400;

export const hostileMemberBenchmark: Benchmark = {
  name: 'hostile-member',
  summary: "a revocation and a good node's answers while one member floods the controller",
  rounds: 5,
  run,
};

interface Stage {
  readonly mesh: SeededMesh;
  readonly controller: ControllerProcess;
  readonly watchers: Watchers;
  readonly flooder: Flooder;
  readonly version: string;
  readonly good: readonly { readonly submissions: SignedSubmissions; readonly connection: KeptConnection }[];
  readonly revoke: (nodeId: string, reason: string) => Promise<unknown>;
  readonly connections: number;
  /** A good node's submissions in each scene. */
  readonly samples: number;
}

async function run({ rounds, quick, say, progress, profileDir }: BenchmarkRun): Promise<Findings> {
  // One extra round to warm up; each scene revokes one member; one node watches.
  const members = (rounds + 1) * SCENES.length;
  const count = 1 + GOOD_NODES + members;
  say(`${count} nodes: seeding`);
  const mesh = await seedMesh({
    nodes: count,
    identities: count,
    settings: {
      epoch_seconds: EPOCH_SECONDS,
      max_benchmark_age_seconds: EPOCH_SECONDS,
      // As in production, except that one address has all the connections and good nodes submit without a
      // pause.
      limits: { submissions_per_minute: 1e9, connections_per_address: 30_000, connections_per_second: 1e9 },
    },
    startedBefore: true,
  });
  const controller = await startControllerProcess(mesh, profileDir);
  const admin = adminOf(controller);
  const flooder = startFlooder();
  const [watcher, ...others] = mesh.identities;
  if (watcher === undefined) throw new Error('there are no nodes');
  const good: Stage['good'][number][] = [];
  let watchers: Watchers | undefined;
  try {
    const known = await knownMesh(controller, mesh);
    watchers = await startWatchers(1, {
      port: controller.nodesPort,
      caPem: mesh.caPem,
      configPublicKey: mesh.configPublicKey,
      identities: [watcher],
      known,
    });
    for (const identity of others.slice(0, GOOD_NODES))
      good.push({
        submissions: new SignedSubmissions(mesh.meshId, identity),
        connection: await KeptConnection.open(controller.nodesPort, { ...identity, caPem: mesh.caPem }),
      });
    const stage: Stage = {
      mesh,
      controller,
      watchers,
      flooder,
      version: known.version,
      good,
      revoke: admin.client.revoke,
      connections: quick ? 50 : CONNECTIONS,
      samples: quick ? 25 : 200,
    };
    const results: Round[] = [];
    for (let round = 0; round <= rounds; round++) {
      const result: Partial<Record<Scene, SceneResult>> = {};
      for (const [at, scene] of SCENES.entries()) {
        if (round > 0) progress(scene, round, rounds);
        const member = others[GOOD_NODES + round * SCENES.length + at];
        if (member === undefined) throw new Error('there are too few members');
        result[scene] = await play(scene, member, stage);
        await elapsed(PAUSE_MS);
      }
      if (round > 0) results.push(result as Round);
    }
    const { tables, missed } = hostileFindings(results);
    return {
      tables,
      // A quick run is too short to miss anything.
      missed: quick ? [] : missed,
      notes: [
        `${CONNECTIONS.toLocaleString('en-US')} connections of one member, each opened again as soon as it ends: 16 pipelined blocking queries, or one message of 65 KB with thousands of bad score names. The flood comes from a separate process and continues until the revocation is published.`,
        `The target is ${TARGET_MS} ms for the slowest revocation, answered and published, and for the p99 of a good node's submissions.`,
        'Requests are limited as by default; recorded messages and the pace of connections are not. Flood, controller and the rest share the cores of one machine.',
      ],
    };
  } finally {
    for (const { connection } of good) connection.close();
    await flooder.end();
    await watchers?.stop();
    admin.close();
    await controller.stop();
    await mesh.remove();
  }
}

async function play(scene: Scene, member: NodeIdentity, stage: Stage): Promise<SceneResult> {
  const { mesh, controller, flooder, watchers, version, connections, revoke } = stage;
  if (scene !== 'idle') {
    const { caPem, meshId } = mesh;
    await flooder.start({
      attack: scene,
      port: controller.nodesPort,
      caPem,
      meshId,
      member,
      version,
      connections,
    });
    await elapsed(UNDER_WAY_MS);
  }
  const latencies = await submitGoodScores(stage);
  await watchers.expect(member.nodeId);
  const startNs = hrtime.bigint();
  await revoke(member.nodeId, 'it floods');
  const revokedMs = millisSince(startNs);
  const removals = await watchers.removals();
  const publishedMs = Math.max(...removals.map((ns) => Number(ns - startNs) / 1e6));
  const flood = scene === 'idle' ? undefined : await flooder.stop();
  return { latencies, revokedMs, publishedMs, flood };
}

/** Submits one score after another, from each good node in turn. */
async function submitGoodScores({ good, samples }: Stage): Promise<number[]> {
  const latencies: number[] = [];
  while (latencies.length < samples) {
    for (const { submissions, connection } of good) {
      const request = submissions.next();
      const startNs = hrtime.bigint();
      const { status } = await connection.send(request);
      if (status !== 200) throw new Error(`a good node was answered ${status}: nothing was measured`);
      latencies.push(millisSince(startNs));
    }
  }
  return latencies;
}

const millisSince = (startNs: bigint): number => Number(hrtime.bigint() - startNs) / 1e6;
