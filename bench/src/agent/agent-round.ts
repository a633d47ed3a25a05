// One round with the agent of a mesh of many peers: a start after which nothing is left on the host, a change
// of all keys, and a while in which nothing happens.

import { setTimeout as elapsed } from 'node:timers/promises';
import { createControlClient } from '../../../apps/node-agent/src/control/control-client.ts';
import { stateDirAt } from '../../../apps/node-agent/src/identity/state-dir.ts';
import type { LogLine, RunningAgent } from './agent-program.ts';
import { type AgentScene, wireguardGoOf } from './agent-scene.ts';
import { cpuOf, memoryOf } from './process-use.ts';
import { readHandshakes, setKeysAgain } from './wireguard-socket.ts';

export interface RoundPlan {
  readonly peers: number;
  readonly idleSeconds: number;
  /** How long after a change the agent is left alone before its idle time counts. */
  readonly settleSeconds: number;
}

export interface AgentRound {
  /**
   * From the configuration that brings the keys to the first handshake; undefined without a userspace
   * WireGuard.
   */
  readonly answerToTunnelMs: number | undefined;
  readonly startToTunnelMs: number | undefined;
  /** From the start to keys at every peer. */
  readonly startToAllMs: number;
  /**
   * The agent's own record of both sets together: reading the interface, setting the keys, reading them back.
   */
  readonly keyChangeMs: number;
  /** All keys in one set, from its first byte to the answer; undefined without a userspace WireGuard. */
  readonly setMs: number | undefined;
  /** The agent's CPU from the order of an epoch until a while after it was applied, beyond its idle share. */
  readonly epochCpuMs: number;
  /** Shares of a core. */
  readonly idleOwn: number;
  readonly idleCommands: number;
  readonly idleWireguard: number | undefined;
  readonly residentMiB: number;
  readonly highestMiB: number;
  readonly wireguardMiB: number | undefined;
}

export async function playRound(scene: AgentScene, plan: RoundPlan): Promise<AgentRound> {
  const agent = scene.subject.start();
  try {
    const start = await measureStart(agent, scene, plan);
    await elapsed(plan.settleSeconds * 1_000);
    const before = cpuOf(agent.pid);
    const from = performance.now();
    const keyChangeMs = await changeKeys(agent, scene, plan.peers);
    await elapsed(plan.settleSeconds * 1_000);
    const [after, tookMs] = [cpuOf(agent.pid), performance.now() - from];
    const idle = await measureIdle(agent, scene, plan);
    const { residentMiB, highestMiB } = memoryOf(agent.pid);
    const wireguard = wireguardGoOf(scene.subject);
    const socket = scene.wireguardSocket();
    return {
      ...start,
      keyChangeMs,
      setMs: socket === undefined ? undefined : await setKeysAgain(socket),
      epochCpuMs: Math.max(0, after.ownMs - before.ownMs - idle.idleOwn * tookMs),
      ...idle,
      residentMiB,
      highestMiB,
      wireguardMiB: wireguard === undefined ? undefined : memoryOf(wireguard).residentMiB,
    };
  } finally {
    await agent.stop();
    await scene.removeInterface();
  }
}

/** WireGuard repeats a handshake that was lost every five seconds. */
const HANDSHAKE_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;

const isAppliedTo = (peers: number) => (line: LogLine) =>
  line.msg === 'epoch applied to every peer' && line.fields.count === peers;

async function measureStart(agent: RunningAgent, scene: AgentScene, { peers }: RoundPlan) {
  const { atMs } = await agent.says(isAppliedTo(peers));
  const firstAt = agent.lines.findIndex(({ msg }) => msg === 'peer added');
  const answer = agent.lines.slice(0, firstAt).findLast(({ msg }) => msg === 'config');
  if (answer === undefined) throw new Error('the agent added peers without a config');
  const socket = scene.wireguardSocket();
  const first = socket === undefined ? undefined : await firstHandshake(socket);
  return {
    answerToTunnelMs: first === undefined ? undefined : Math.max(0, first - answer.atMs),
    startToTunnelMs: first === undefined ? undefined : first - agent.startedAtMs,
    startToAllMs: atMs - agent.startedAtMs,
  };
}

/** When the first peer completed a handshake. It may be a while after its key was set. */
async function firstHandshake(socketPath: string): Promise<number> {
  for (const endsAt = performance.now() + HANDSHAKE_WITHIN_MS; performance.now() < endsAt; ) {
    const handshakes = await readHandshakes(socketPath);
    if (handshakes.size > 0) return Math.min(...handshakes.values());
    await elapsed(LOOK_EVERY_MS);
  }
  throw new Error('no peer has made a handshake');
}

/** Orders an epoch. @returns how long the agent took to change the keys of all peers */
async function changeKeys(agent: RunningAgent, { admin, subject }: AgentScene, peers: number) {
  const { epoch_id: epochId } = await admin.rotate();
  await agent.says((line) => isAppliedTo(peers)(line) && Number(line.fields.epoch_id) >= epochId);
  const { controlSocket } = stateDirAt(subject.stateDir);
  const { events } = await createControlClient(controlSocket).status();
  const sets = events.flatMap(({ event }) =>
    event.type === 'psks_set' && event.epochId >= epochId ? [event] : [],
  );
  const newest = Math.max(...sets.map((set) => set.epochId));
  const last = sets.filter((set) => set.epochId === newest);
  const count = last.reduce((sum, set) => sum + set.count, 0);
  if (count !== peers) throw new Error(`the keys of ${count} of ${peers} peers were changed`);
  return last.reduce((sum, set) => sum + set.tookMs, 0);
}

async function measureIdle(agent: RunningAgent, { subject }: AgentScene, { idleSeconds }: RoundPlan) {
  const wireguard = wireguardGoOf(subject);
  const use = () => ({
    agent: cpuOf(agent.pid),
    wireguard: wireguard === undefined ? undefined : cpuOf(wireguard),
  });
  const before = use();
  const from = performance.now();
  await elapsed(idleSeconds * 1_000);
  const [after, tookMs] = [use(), performance.now() - from];
  return {
    idleOwn: (after.agent.ownMs - before.agent.ownMs) / tookMs,
    idleCommands: (after.agent.commandsMs - before.agent.commandsMs) / tookMs,
    idleWireguard:
      after.wireguard && before.wireguard && (after.wireguard.ownMs - before.wireguard.ownMs) / tookMs,
  };
}
