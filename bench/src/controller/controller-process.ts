// The controller as it is shipped: a separate process, started by its own command line.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SeededMesh } from './seed-mesh.ts';

export interface ControllerProcess {
  readonly pid: number;
  readonly nodesPort: number;
  readonly socketPath: string;
  stop(): Promise<void>;
}

const MAIN = join(import.meta.dirname, '../../../apps/controller/src/main.ts');

/** Resolves when its ports are open. */
export async function startControllerProcess(
  mesh: SeededMesh,
  profileDir: string | undefined,
): Promise<ControllerProcess> {
  const profile = profileDir === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileDir];
  const child = spawn(
    process.execPath,
    ['--conditions=@mesh/source', ...profile, MAIN, 'serve', '--config', mesh.configFile],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'exit');
  const said: string[] = [];
  const nodesPort = await new Promise<number>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (said.length > 50) said.shift();
        const port = nodesPortOf(line);
        if (port !== undefined) resolve(port);
      });
    }
    child.once('error', reject);
    void ended.then(() => reject(new Error(`the controller did not start:\n${said.join('\n')}`)));
  });
  return {
    pid: child.pid ?? 0,
    nodesPort,
    socketPath: join(mesh.config.data_dir, 'admin.sock'),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function nodesPortOf(line: string): number | undefined {
  if (!line.startsWith('{') || !line.includes('"nodes_port"')) return undefined;
  const { nodes_port: port } = JSON.parse(line) as { nodes_port?: unknown };
  return typeof port === 'number' ? port : undefined;
}
