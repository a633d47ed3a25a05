// A controller in its own process, which tests can kill.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { programFile } from '@mesh/host/test-kit';
import type { ConfigInput } from './index.ts';
import { UNLIMITED } from './unlimited.ts';

const MAIN = programFile(fileURLToPath(new URL('../../src/main.ts', import.meta.url)));
const NODE = [process.execPath, '--conditions=@mesh/source', '--disable-warning=ExperimentalWarning'];

export interface ControllerProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly nodesPort: number;
  readonly publicPort: number;
  readonly lines: readonly string[];
  /** Sends SIGKILL and waits for the end. */
  kill(): Promise<void>;
}

/** Writes a configuration file, one setting a line, for a controller in a folder. @returns its path */
export function writeConfig(directory: string, config: Partial<ConfigInput> = {}): string {
  const path = join(directory, 'controller.json');
  const settings: ConfigInput = {
    mesh_id: 'testmesh',
    data_dir: join(directory, 'data'),
    master_key_file: join(directory, 'master.key'),
    public_names: ['127.0.0.1'],
    nodes: { host: '127.0.0.1', port: 0 },
    public: { host: '127.0.0.1', port: 0 },
    limits: UNLIMITED,
    ...config,
  };
  writeFileSync(path, JSON.stringify(settings, null, 2), { mode: 0o600 });
  return path;
}

/** Runs a command to its end. */
export function runController(
  args: readonly string[],
  env: Record<string, string> = {},
  under: string[] = [],
) {
  const [program = '', ...rest] = [...under, ...NODE, MAIN, ...args];
  const ended = spawnSync(program, rest, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
  });
  return { code: ended.status, signal: ended.signal, out: ended.stdout, err: ended.stderr };
}

/**
 * @param under a program that runs the controller, for example strace, with its arguments
 * @param onSpawn gets the process before it is up
 */
export async function serveController(
  configFile: string,
  under: readonly string[] = [],
  onSpawn: (child: ChildProcess) => void = () => {},
): Promise<ControllerProcess> {
  const [program = '', ...rest] = [...under, ...NODE, MAIN, 'serve', '--config', configFile];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  onSpawn(child);
  const lines: string[] = [];
  const exited = once(child, 'exit');
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const up = new Promise<{ pid: number; nodes_port: number; public_port: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"controller is up"')) resolve(JSON.parse(line) as never);
    });
    void exited.then(() => reject(new Error(`the controller ended: ${lines.join('\n')}${errors}`)));
  });
  const { nodes_port, public_port } = await up;
  return {
    child,
    pid: child.pid ?? 0,
    nodesPort: nodes_port,
    publicPort: public_port,
    lines,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
