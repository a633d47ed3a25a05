// How long the built programs take to start, and their CPU until then: to the end of `--help`, and to the
// point at which they work. Nothing is kept from one start to the next, except what the system caches.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { BUILT_AGENT, runAgentCommand } from '../agent/agent-program.ts';
import { cpuOf } from '../agent/process-use.ts';
import { adminOf } from '../controller/ask-controller.ts';
import { startControllerProcess } from '../controller/controller-process.ts';
import { type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';

export interface ColdStart {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const APPS = join(import.meta.dirname, '../../../apps');
const CONTROLLER = join(APPS, 'controller/dist/main.js');
const CLI = join(APPS, 'cli/dist/main.js');

export const PROGRAMS = [
  { name: 'mesh-controller', file: CONTROLLER },
  { name: 'mesh-agent', file: BUILT_AGENT.file },
  { name: 'meshctl', file: CLI },
] as const;

/** An enrolled agent and an empty mesh, as their programs find them at a start. */
export interface Installed extends AsyncDisposable {
  readonly mesh: SeededMesh;
  readonly agentConfig: string;
}

export async function install(): Promise<Installed> {
  const mesh = await seedMesh({ nodes: 1, identities: 0 });
  const controller = await startControllerProcess(mesh, undefined);
  const admin = adminOf(controller);
  try {
    const folder = join(dirname(mesh.configFile), 'agent');
    const stateDir = join(folder, 'state');
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const [agentConfig, tokenFile] = [join(folder, 'agent.json'), join(folder, 'token')];
    const settings = { state_dir: stateDir, runtime_dir: join(folder, 'run'), tunnel: 'dry-run' };
    writeFileSync(agentConfig, JSON.stringify(settings));
    const { token } = await admin.client.createToken({});
    writeFileSync(tokenFile, token, { mode: 0o600 });
    const url = `https://localhost:${controller.publicPort}`;
    const args = ['--config', agentConfig, '--controller', url, '--node-id', 'a', '--token-file', tokenFile];
    await runAgentCommand(BUILT_AGENT, ['enrol', ...args]);
    return { mesh, agentConfig, [Symbol.asyncDispose]: () => mesh.remove() };
  } finally {
    admin.close();
    await controller.stop();
  }
}

/** The mean of several starts: the CPU of one is known to a hundredth of a second only. */
export async function startHelp(file: string, starts: number): Promise<ColdStart> {
  const before = cpuOf(process.pid).commandsMs;
  const from = performance.now();
  for (let at = 0; at < starts; at++) await ended(start(file, ['--help']));
  const wallMs = (performance.now() - from) / starts;
  return { wallMs, cpuMs: (cpuOf(process.pid).commandsMs - before) / starts };
}

/**
 * The controller's ports are open; the agent's control socket is; `meshctl` has shown an answer of the
 * controller.
 */
export async function startAll({ mesh, agentConfig }: Installed): Promise<Record<string, ColdStart>> {
  const controller = start(CONTROLLER, ['serve', '--config', mesh.configFile]);
  try {
    const served = await says(controller, 'controller is up');
    const agent = start(BUILT_AGENT.file, ['up', '--config', agentConfig]);
    const up = await says(agent, 'agent started').finally(() => end(agent));
    const before = cpuOf(process.pid).commandsMs;
    const from = performance.now();
    await ended(start(CLI, ['--socket', join(mesh.config.data_dir, 'admin.sock'), 'nodes', 'list']));
    const listed = { wallMs: performance.now() - from, cpuMs: cpuOf(process.pid).commandsMs - before };
    return { 'mesh-controller': served, 'mesh-agent': up, meshctl: listed };
  } finally {
    await end(controller);
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly from: number;
}

function start(file: string, args: readonly string[]): Started {
  const { NODE_COMPILE_CACHE: _cache, ...env } = process.env;
  const from = performance.now();
  return {
    from,
    child: spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] }),
  };
}

async function says({ child, from }: Started, msg: string): Promise<ColdStart> {
  if (child.stdout === null) throw new Error('the program has no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes(`"msg":"${msg}"`))
      return { wallMs: performance.now() - from, cpuMs: cpuOf(child.pid ?? 0).ownMs };
  }
  throw new Error(`a program ended before it said: ${msg}`);
}

async function ended({ child }: Started): Promise<void> {
  child.stdout?.resume();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`a program ended with ${code}`);
}

async function end({ child }: Started): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdout?.resume();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
