// Measures what good nodes notice of a flood from outside: 3,000 connections a second from three addresses,
// each with something that is not valid. The controller runs with its default limits; a third scene has none
// on the pace of connections, for comparison.

import type { ChildProcess } from 'node:child_process';
import { createLab, enterLab, type Lab } from '@mesh/e2e';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { adminOf } from '../controller/ask-controller.ts';
import { type ControllerProcess, startControllerProcess } from '../controller/controller-process.ts';
import { type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { askChild, endChild, forkMain, type Spawn } from '../fork-main.ts';
import { processCpuMs, waitedForCoreMs } from '../process-cpu.ts';
import type { Findings } from '../report.ts';
import {
  floodFindings,
  type Round,
  SCENES,
  type Scene,
  type SceneResult,
  TARGETS,
} from './flood-findings.ts';
import type {
  AttackCount,
  AttackOrder,
  AttackReply,
  AttackRequest,
  Doors,
  MembersReply,
  MembersRequest,
} from './flood-messages.ts';

const GOOD_NODES = 40;
const ATTACKERS = ['attacker-1', 'attacker-2', 'attacker-3'] as const;
const HOSTS = ['controller', 'members', ...ATTACKERS] as const;
type Host = (typeof HOSTS)[number];
/** Not the overlay's network, which is 10.77.0.0/16. */
const UNDERLAY = '10.99.0.0/24';
/** Without a lab, the processes share this machine's loopback, with an address for each. */
const LOOPBACK: Readonly<Record<Host, string>> = {
  controller: '127.0.0.1',
  members: '127.0.0.1',
  'attacker-1': '127.0.0.11',
  'attacker-2': '127.0.0.12',
  'attacker-3': '127.0.0.13',
};
/** A good node that cannot submit turns stale within a scene. */
const MAX_AGE_SECONDS = 30;
/** A quick scene is too short for that, and a slow machine may take minutes to set it up. */
const QUICK_MAX_AGE_SECONDS = 600;

export const floodBenchmark: Benchmark = {
  name: 'flood',
  summary: "good nodes' answers and a denial under 3,000 invalid requests a second from three addresses",
  rounds: 2,
  run,
};

interface Plan {
  readonly seconds: number;
  readonly failures: number;
  readonly perSecond: number;
  readonly nodes: number;
  readonly maxAgeSeconds: number;
}

async function run({ rounds, quick, say, progress, profileDir }: BenchmarkRun): Promise<Findings> {
  const plan: Plan = quick
    ? { seconds: 3, failures: 1, perSecond: 150, nodes: 8, maxAgeSeconds: QUICK_MAX_AGE_SECONDS }
    : {
        seconds: 40,
        failures: 3,
        perSecond: TARGETS.perSecond,
        nodes: GOOD_NODES,
        maxAgeSeconds: MAX_AGE_SECONDS,
      };
  const probe = enterLab();
  const lab =
    probe.mode === 'none'
      ? undefined
      : await createLab({ prefix: 'bench-flood', nodes: HOSTS, subnet: UNDERLAY });
  if (lab === undefined) say(`no namespaces here (${probe.missing.join(', ')}): addresses of the loopback`);
  try {
    const results: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      const result: Partial<Record<Scene, SceneResult>> = {};
      for (const scene of SCENES) {
        progress(scene, round, rounds);
        result[scene] = await play(scene, plan, lab, profileDir);
      }
      results.push(result as Round);
    }
    const { tables, missed } = floodFindings(results, plan.perSecond);
    return {
      tables,
      // A quick run is too short to miss anything.
      missed: quick ? [] : missed,
      notes: [
        `${plan.nodes} good nodes at one address: each keeps a config query open, asks for the epoch once a second, and submits every seven seconds; a score that is ${plan.maxAgeSeconds} s old is stale.`,
        `Strangers at three addresses (${lab === undefined ? 'of the loopback' : 'each in a network namespace'}): ${plan.perSecond.toLocaleString('en-US')} connections a second, one request each, in turn with no TLS, without a certificate, and with invalid requests over TLS.`,
        `The targets, with the default limits: p99 under ${TARGETS.answerMs} ms, a denial at every good node within ${TARGETS.denialMs} ms, nobody stale, no request of a good node failed.`,
        'The generators share the cores of one machine with the controller and the good nodes, at the lowest priority. On a busy machine they do not reach their rate, and what the controller waits for a core is in every answer.',
      ],
    };
  } finally {
    await lab?.destroy();
  }
}

async function play(
  scene: Scene,
  plan: Plan,
  lab: Lab<Host> | undefined,
  profileDir: string | undefined,
): Promise<SceneResult> {
  const { seconds, failures } = plan;
  await using stage = new AsyncDisposableStack();
  const host = lab?.node('controller').address ?? LOOPBACK.controller;
  const mesh = await seedForFlood(scene, plan, host, lab !== undefined);
  stage.defer(() => mesh.remove());
  const controller = await startControllerProcess(mesh, profileDir, spawnOn(lab, 'controller'));
  stage.defer(() => controller.stop());
  const doors: Doors = { host, nodesPort: controller.nodesPort, publicPort: controller.publicPort };
  const start = (main: URL, at: Host): ChildProcess => {
    const child = forkMain(main, [], spawnOn(lab, at));
    stage.defer(() => endChild(child));
    return child;
  };
  const attackers = (scene === 'idle' ? [] : ATTACKERS).map((name) => ({
    child: start(new URL('./attack-main.ts', import.meta.url), name),
    order: {
      doors,
      meshId: mesh.meshId,
      perSecond: plan.perSecond / ATTACKERS.length,
      localAddress: lab === undefined ? LOOPBACK[name] : undefined,
    },
  }));
  const members = start(new URL('./members-main.ts', import.meta.url), 'members');
  await setUpMembers(members, mesh, doors, plan);
  await Promise.all(attackers.map(({ child, order }) => startAttack(child, order)));
  const used = () => processCpuMs(controller.pid) ?? 0;
  const waited = () => waitedForCoreMs(controller.pid) ?? 0;
  const before = { used: used(), waited: waited() };
  const counted = await askMembers(members, { op: 'run', seconds, failures });
  const controllerLoad = (used() - before.used) / 1000 / seconds;
  const controllerWaits = (waited() - before.waited) / 1000 / seconds;
  const attacks = await Promise.all(attackers.map(({ child }) => stopAttack(child)));
  if (counted.op !== 'counted') throw new Error('the good nodes did not count');
  const out = await whoIsOut(controller, mesh, plan);
  return { members: counted.count, out, attacks, controllerLoad, controllerWaits };
}

function seedForFlood(scene: Scene, plan: Plan, host: string, isLab: boolean): Promise<SeededMesh> {
  const count = plan.nodes + plan.failures;
  return seedMesh({
    nodes: count,
    identities: count,
    startedBefore: true,
    settings: {
      // No boundary comes in between.
      epoch_seconds: 86_400,
      max_benchmark_age_seconds: plan.maxAgeSeconds,
      public_names: [...new Set([host, 'localhost'])],
      nodes: { host, port: isLab ? 8443 : 0 },
      public: { host, port: isLab ? 8444 : 0 },
      limits: scene === 'flood, connections at any pace' ? { connections_per_second: 1e9 } : {},
    },
  });
}

async function setUpMembers(
  members: ChildProcess,
  mesh: SeededMesh,
  doors: Doors,
  plan: Plan,
): Promise<void> {
  const { meshId, caPem, configPublicKey, identities } = mesh;
  const setup = {
    doors,
    meshId,
    caPem,
    configPublicKey,
    identities: identities.slice(0, plan.nodes),
    failing: identities.slice(plan.nodes),
  };
  await askMembers(members, { op: 'setup', setup });
}

async function askMembers(members: ChildProcess, request: MembersRequest): Promise<MembersReply> {
  const reply = await askChild<MembersReply>(members, 'the process with the good nodes', request);
  if (reply.op === 'failed') throw new Error(`the good nodes: ${reply.message}`);
  return reply;
}

const askAttacker = (child: ChildProcess, request: AttackRequest) =>
  askChild<AttackReply>(child, 'a process that attacks', request);

async function startAttack(child: ChildProcess, order: AttackOrder): Promise<void> {
  await askAttacker(child, { op: 'start', order });
}

async function stopAttack(child: ChildProcess): Promise<AttackCount> {
  const reply = await askAttacker(child, { op: 'stop' });
  if (reply.op !== 'stopped') throw new Error('a process that attacks does not stop');
  return reply.count;
}

/** The good nodes that are not in. */
async function whoIsOut(controller: ControllerProcess, mesh: SeededMesh, plan: Plan): Promise<string[]> {
  const admin = adminOf(controller);
  try {
    const good = new Set(mesh.identities.slice(0, plan.nodes).map(({ nodeId }) => nodeId));
    const { nodes } = await admin.client.epoch();
    return Object.entries(nodes)
      .filter(([nodeId, { membership }]) => good.has(nodeId) && membership !== 'ALLOWED')
      .map(([nodeId]) => nodeId);
  } finally {
    admin.close();
  }
}

function spawnOn(lab: Lab<Host> | undefined, name: Host): Spawn | undefined {
  return lab && ((command, args, options) => lab.node(name).spawn(command, args, options));
}
