// The scene of the benchmark: a controller with many admitted peers, the agent that is measured, and one peer
// that is there (the witness), with an agent and a tunnel of its own. Each runs on a host of a lab, on real
// WireGuard. Where this machine allows no lab, they run on this machine with dry-run interfaces, without the
// witness.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLab, enterLab, type Lab } from '@mesh/e2e';
import { parseNodeId } from '@mesh/primitives';
import type { AdminClient } from '@mesh/protocol';
import { adminOf } from '../controller/ask-controller.ts';
import { type ControllerProcess, startControllerProcess } from '../controller/controller-process.ts';
import { type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import type { Spawn } from '../fork-main.ts';
import { type AgentProgram, RunningAgent } from './agent-program.ts';
import { enrolAgent } from './enrol-agent.ts';

const CONTROLLER = 'controller';
const SUBJECT = 'subject';
const WITNESS = 'witness';
type HostName = typeof CONTROLLER | typeof SUBJECT | typeof WITNESS;

/** The interface of each agent. */
export const INTERFACE = 'bench0';
const LISTEN_PORT = 51_820;
/** Not the overlay's network, which is 10.77.0.0/16. */
const UNDERLAY = '10.99.0.0/24';

export interface ScenePlan {
  /** The peers of the measured agent. */
  readonly peers: number;
  readonly epochSeconds: number;
  readonly program: AgentProgram;
  /** Options of Node for the measured agent alone. */
  readonly profileArgs: readonly string[];
}

/** An enrolled agent. */
export interface Member {
  readonly nodeId: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly spawn: Spawn | undefined;
  /** Starts its agent. The first configuration of a run has no keys until a measurement was accepted. */
  start(): RunningAgent;
}

export interface AgentScene extends AsyncDisposable {
  readonly tunnel: 'lab' | 'dry-run';
  readonly admin: AdminClient;
  readonly subject: Member;
  /** The peer that is there; undefined in a dry run. */
  readonly witness: (Member & { readonly agent: RunningAgent }) | undefined;
  /**
   * The socket of the userspace WireGuard of the measured agent, as this process can open it; undefined while
   * the agent has no interface, in a dry run, and if it uses the kernel's WireGuard.
   */
  wireguardSocket(): string | undefined;
  /** Removes the interface of the measured agent, whose agent must have ended. */
  removeInterface(): Promise<void>;
}

export async function setAgentScene(plan: ScenePlan): Promise<AgentScene> {
  await using scene = new AsyncDisposableStack();
  const lab = enterLab().mode === 'none' ? undefined : await createBenchLab();
  scene.defer(() => lab?.destroy());
  const host = lab?.node(CONTROLLER).address ?? '127.0.0.1';
  const port = lab === undefined ? { nodes: 0, public: 0 } : { nodes: 8443, public: 8444 };
  const mesh = await seedMesh({
    // The witness is a peer, too.
    nodes: lab === undefined ? plan.peers : plan.peers - 1,
    identities: 0,
    settings: {
      epoch_seconds: plan.epochSeconds,
      public_names: [host],
      nodes: { host, port: port.nodes },
      public: { host, port: port.public },
      insecure_unsealed_keys: false,
      policy: { classes: [{ name: SUBJECT }, { name: WITNESS }] },
      // The witness has one peer, so that it takes nothing from the agent that is measured.
      peer_groups: { mesh: ['default', SUBJECT], pair: [SUBJECT, WITNESS] },
    },
  });
  scene.defer(() => mesh.remove());
  const controller = await startControllerProcess(mesh, undefined, lab && spawnOn(lab, CONTROLLER));
  scene.defer(() => controller.stop());
  const admin = adminOf(controller);
  scene.defer(() => admin.close());
  const enrolled = (name: typeof SUBJECT | typeof WITNESS, settings: object) =>
    enrol({ name, settings, plan, lab, mesh, admin: admin.client, controller, host });
  const [witness, subject] = await Promise.all([
    lab && enrolled(WITNESS, { probe: { port: 0 } }),
    enrolled(SUBJECT, lab === undefined ? { tunnel: 'dry-run' } : {}),
  ]);
  const agent = witness?.start();
  scene.defer(() => agent?.stop());
  const socket = lab && `/proc/${lab.node(SUBJECT).pid}/root/run/wireguard/${INTERFACE}.sock`;
  const kept = scene.move();
  return {
    tunnel: lab === undefined ? 'dry-run' : 'lab',
    admin: admin.client,
    subject,
    witness: witness && agent && { ...witness, agent },
    wireguardSocket: () => (socket !== undefined && existsSync(socket) ? socket : undefined),
    removeInterface: async () => {
      await lab?.node(SUBJECT).exec('ip', ['link', 'delete', INTERFACE]);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const createBenchLab = (): Promise<Lab<HostName>> =>
  createLab({ prefix: 'bench-agent', nodes: [CONTROLLER, SUBJECT, WITNESS], subnet: UNDERLAY });

function spawnOn(lab: Lab<HostName>, name: HostName): Spawn {
  return (command, args, options) => lab.node(name).spawn(command, args, options);
}

interface Enrolling {
  readonly name: typeof SUBJECT | typeof WITNESS;
  /** More settings of this agent. */
  readonly settings: object;
  readonly plan: ScenePlan;
  readonly lab: Lab<HostName> | undefined;
  readonly mesh: SeededMesh;
  readonly admin: AdminClient;
  readonly controller: ControllerProcess;
  /** The controller's address. */
  readonly host: string;
}

async function enrol(enrolling: Enrolling): Promise<Member> {
  const { name, settings, plan, lab, mesh, admin, controller, host } = enrolling;
  const { program, profileArgs } = plan;
  const folder = join(dirname(mesh.configFile), name);
  mkdirSync(folder, { mode: 0o700 });
  const scores = join(folder, 'scores.json');
  writeFileSync(scores, JSON.stringify({ scores: { overall: 0.93 } }));
  const measure = { source: 'file', file: { path: scores }, suite_version: 'bench-1' };
  const spawn = lab && spawnOn(lab, name);
  const { configFile, stateDir, runtimeDir } = await enrolAgent({
    program,
    folder,
    nodeId: name,
    settings: { interface: INTERFACE, listen_port: LISTEN_PORT, measure, ...settings },
    url: `https://${host}:${controller.publicPort}`,
    admin,
    token: { node_id: parseNodeId(name), class: name },
    spawn,
  });
  const nodeArgs = [...program.nodeArgs, ...(name === SUBJECT ? profileArgs : [])];
  return {
    nodeId: name,
    stateDir,
    runtimeDir,
    spawn,
    start: () => new RunningAgent({ ...program, nodeArgs }, configFile, spawn),
  };
}

/** The process id of the wireguard-go of an agent's interface; undefined where there is none. */
export function wireguardGoOf({ runtimeDir }: Member): number | undefined {
  try {
    const record = JSON.parse(readFileSync(join(runtimeDir, `${INTERFACE}.process.json`), 'utf8')) as {
      pid: number;
    };
    return record.pid;
  } catch {
    return undefined;
  }
}
