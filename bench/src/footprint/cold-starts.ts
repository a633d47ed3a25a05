// How long the built programs take to start, and their CPU until then: to the end of `--help`, and to the
// point at which they work. Nothing is kept from one start to the next, except what the system caches.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { BUILT_AGENT } from '../agent/agent-program.ts';
import { enrolAgent } from '../agent/enrol-agent.ts';
import { cpuOf } from '../agent/process-use.ts';
import { adminOf } from '../controller/ask-controller.ts';
import { startControllerProcess } from '../controller/controller-process.ts';
import { type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { endChild } from '../fork-main.ts';
import { statOf } from '../process-cpu.ts';

export interface ColdStart {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const APPS = join(import.meta.dirname, '../../../apps');
const CONTROLLER = join(APPS, 'controller/dist/main.js');
const CLI = join(APPS, 'cli/dist/main.js');
const WITNESS = join(APPS, 'witness/dist/main.js');

export const PROGRAMS = [
  { name: 'mesh-controller', file: CONTROLLER },
  { name: 'mesh-agent', file: BUILT_AGENT.file },
  { name: 'meshctl', file: CLI },
  { name: 'mesh-witness', file: WITNESS },
] as const;

/** An enrolled agent, an empty mesh and a witness of no log, as their programs find them at a start. */
export interface Installed extends AsyncDisposable {
  readonly mesh: SeededMesh;
  readonly agentConfig: string;
  readonly witnessConfig: string;
}

export async function install(): Promise<Installed> {
  await using installed = new AsyncDisposableStack();
  const mesh = installed.adopt(await seedMesh({ nodes: 1, identities: 0 }), ({ remove }) => remove());
  await using running = new AsyncDisposableStack();
  const controller = running.adopt(await startControllerProcess(mesh, undefined), ({ stop }) => stop());
  const admin = running.adopt(adminOf(controller), ({ close }) => close());
  const { configFile } = await enrolAgent({
    program: BUILT_AGENT,
    folder: join(dirname(mesh.configFile), 'agent'),
    nodeId: 'a',
    settings: { tunnel: 'dry-run' },
    url: `https://localhost:${controller.publicPort}`,
    admin: admin.client,
    token: {},
    spawn: undefined,
  });
  const witnessConfig = join(dirname(mesh.configFile), 'witness.yaml');
  const dataDir = join(dirname(mesh.configFile), 'witness');
  const named = ['--name', 'witness.example/w1', '--data-dir', dataDir, '--port', '0'];
  await ended(start(WITNESS, ['init', '--config', witnessConfig, ...named]));
  const kept = installed.move();
  return { mesh, agentConfig: configFile, witnessConfig, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The mean of several starts: the CPU of one is known to a hundredth of a second only. */
export async function startHelp(file: string, starts: number): Promise<ColdStart> {
  const before = statOf(process.pid).childrenCpuMs;
  const from = performance.now();
  for (let at = 0; at < starts; at++) await ended(start(file, ['--help']));
  const wallMs = (performance.now() - from) / starts;
  return { wallMs, cpuMs: (statOf(process.pid).childrenCpuMs - before) / starts };
}

/**
 * The ports of the controller and of the witness are open; the agent's control socket is; `meshctl` has shown
 * an answer of the controller.
 */
export async function startAll({
  mesh,
  agentConfig,
  witnessConfig,
}: Installed): Promise<Record<string, ColdStart>> {
  const controller = start(CONTROLLER, ['serve', '--config', mesh.configFile]);
  try {
    const served = await says(controller, 'controller is up');
    const agent = start(BUILT_AGENT.file, ['up', '--config', agentConfig]);
    const up = await says(agent, 'agent started').finally(() => end(agent));
    const before = statOf(process.pid).childrenCpuMs;
    const from = performance.now();
    await ended(start(CLI, ['--socket', join(mesh.config.data_dir, 'admin.sock'), 'nodes', 'list']));
    const listed = { wallMs: performance.now() - from, cpuMs: statOf(process.pid).childrenCpuMs - before };
    const witness = start(WITNESS, ['serve', '--config', witnessConfig]);
    const witnessing = await says(witness, 'witness is up').finally(() => end(witness));
    return { 'mesh-controller': served, 'mesh-agent': up, meshctl: listed, 'mesh-witness': witnessing };
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
  child.stdout?.resume();
  await endChild(child);
}
