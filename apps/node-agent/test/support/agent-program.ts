// Starts the agent's program for tests, with a fake controller that behaves like the real one.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programFile } from '@mesh/host/test-kit';
import { parseMeshId, parseNodeId } from '@mesh/primitives';
import { CONFIG_VERSION_HEADER } from '@mesh/protocol';
import { expect, onTestFinished } from 'vitest';
import type { AgentStatus } from '../../src/status/agent-status.ts';
import { configBody, temporaryDirectory } from './agent-fixtures.ts';
import type { Answer } from './fake-answers.ts';
import { type FakeController, MESH_ID, type NodeRequest } from './fake-controller.ts';
import { pskOf } from './plan-fixtures.ts';
import { sealKeys } from './seal-keys.ts';

const MAIN = programFile(fileURLToPath(new URL('../../src/main.ts', import.meta.url)));

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }>;
}

/** Runs `mesh-agent`. The process is killed when the test is over. */
export function run(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, ['--conditions=@mesh/source', MAIN, ...args], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const exit = new Promise<{ code: number | null; output: string; errors: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, output, errors }));
  });
  return { child, output: () => output, exit };
}

/**
 * Makes the controller answer config queries by version. A query without the newest version gets it at once.
 */
export function publish(controller: FakeController): {
  set: (body: { version: string }) => void;
  /**
   * From now on, answers to all other requests confirm this version to agents that hold it, as a controller
   * does.
   */
  confirm: (version: string) => void;
} {
  let newest: { version: string } | undefined;
  let waiters: (() => void)[] = [];
  const config = async (request: NodeRequest): Promise<Answer> => {
    while (newest === undefined || newest.version === request.query.get('version')) {
      if (request.gone.aborted) return { status: 304 };
      await new Promise<void>((resolve) => {
        waiters.push(resolve);
        request.gone.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return { status: 200, body: controller.signConfig({ ...newest, server_time_ms: Date.now() }) };
  };
  let confirmed: string | undefined;
  controller.onNodeRequest = (request) => {
    if (request.path.startsWith('/v1/config/')) return config(request);
    const held = request.headers[CONFIG_VERSION_HEADER];
    const headers: Record<string, string> =
      held === undefined || held !== confirmed ? {} : { [CONFIG_VERSION_HEADER]: confirmed };
    const acknowledged = { status: 'received', node_id: 'self', server_time_ms: Date.now() };
    if (!request.path.startsWith('/v1/benchmarks/')) return { status: 200, headers, body: acknowledged };
    return {
      status: 200,
      headers,
      body: { ...acknowledged, epoch_id: 4, membership: 'ALLOWED', reason: 'good', reason_code: 'ok' },
    };
  };
  return {
    set: (body) => {
      newest = body;
      for (const wake of waiters.splice(0)) wake();
      waiters = [];
    },
    confirm: (version) => {
      confirmed = version;
    },
  };
}

/** A node that the program has enrolled as `self`, with functions to start it and to ask for its status. */
export async function enrolled(controller: FakeController) {
  const directory = temporaryDirectory();
  const stateDir = join(directory, 'state');
  const token = join(directory, 'token');
  writeFileSync(token, controller.joinToken(), { mode: 0o600 });
  const done = await run([
    ...['enrol', '--controller', controller.publicUrl, '--node-id', 'self'],
    ...['--token-file', token, '--state-dir', stateDir, '--json'],
  ]).exit;
  expect(done).toMatchObject({ code: 0, errors: '' });
  const scores = join(directory, 'scores.json');
  writeFileSync(scores, '{"scores":{"overall":0.9}}');
  const upMeasuring = (args: readonly string[], env?: Record<string, string>) =>
    run(['up', '--dry-run', '--state-dir', stateDir, ...args], env);
  const up = (...more: string[]) => upMeasuring(['--benchmark-file', scores, '--interval', '3600', ...more]);
  const status = async (): Promise<AgentStatus | undefined> => {
    const { code, output } = await run(['status', '--json', '--state-dir', stateDir]).exit;
    return code === 0 ? (JSON.parse(output) as AgentStatus) : undefined;
  };
  return { stateDir, result: JSON.parse(done.output), up, upMeasuring, status, token };
}

/** A full config whose keys are sealed to this key. */
export function sealedConfig(version: string, kemPublicKey: string) {
  const psks = { a: pskOf(4, 'a'), b: pskOf(4, 'b') };
  return configBody(version, ['a', 'b'], {
    keys: sealKeys(kemPublicKey, JSON.stringify({ current: { epoch_id: 4, psks } }), {
      meshId: parseMeshId(MESH_ID),
      nodeId: parseNodeId('self'),
      version,
    }),
  });
}

export const secretsOf = (stateDir: string) => [
  ...['a', 'b'].map((name) => pskOf(4, name) as string),
  readFileSync(join(stateDir, 'keys')).subarray(18, 50).toString('base64'),
  readFileSync(join(stateDir, 'keys')).subarray(50, 82).toString('base64'),
];
