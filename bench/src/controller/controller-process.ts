// The controller as it is shipped: a separate process, started by its own command line.

import { spawn as spawnHere } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programFile } from '@mesh/host/test-kit';
import type { Spawn } from '../fork-main.ts';
import type { SeededMesh } from './seed-mesh.ts';

export interface ControllerProcess {
  readonly pid: number;
  readonly nodesPort: number;
  readonly publicPort: number;
  readonly socketPath: string;
  stop(): Promise<void>;
}

/** A test run starts the bundle of this source, which costs less. */
const MAIN = programFile(join(import.meta.dirname, '../../../apps/controller/src/main.ts'));

/**
 * Resolves when its ports are open.
 *
 * @param spawn where it runs; by default on this machine
 */
export async function startControllerProcess(
  mesh: SeededMesh,
  profileDir: string | undefined,
  spawn: Spawn = spawnHere,
): Promise<ControllerProcess> {
  const profile = profileDir === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileDir];
  const child = spawn(
    process.execPath,
    ['--conditions=@mesh/source', ...profile, MAIN, 'serve', '--config', mesh.configFile],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'exit');
  const said: string[] = [];
  const ports = await new Promise<Ports>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (said.length > 50) said.shift();
        const found = portsOf(line);
        if (found !== undefined) resolve(found);
      });
    }
    child.once('error', reject);
    void ended.then(() => reject(new Error(`the controller did not start:\n${said.join('\n')}`)));
  });
  return {
    pid: child.pid ?? 0,
    ...ports,
    socketPath: join(mesh.config.data_dir, 'admin.sock'),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

type Ports = Pick<ControllerProcess, 'nodesPort' | 'publicPort'>;

function portsOf(line: string): Ports | undefined {
  if (!line.startsWith('{') || !line.includes('"nodes_port"')) return undefined;
  const { nodes_port: nodesPort, public_port: publicPort } = JSON.parse(line) as Record<string, unknown>;
  return typeof nodesPort === 'number' && typeof publicPort === 'number'
    ? { nodesPort, publicPort }
    : undefined;
}
