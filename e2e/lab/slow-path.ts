// A path between two hosts of the lab that is slow and loses packets, made by a third host: the kernels here
// have no netem. What arrives at the port of one end leaves for that end, from the port of the other.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LabError } from './lab-error.ts';
import type { MeshHost } from './mesh-process.ts';

export interface SlowPathOptions {
  /** `ADDRESS:PORT` of the two ends; their ports must differ. */
  readonly ends: readonly [string, string];
  /** Each way. */
  readonly delayMs: number;
  /** Of the packets of this length to the second end, each so many-th is lost. */
  readonly loses: { readonly every: number; readonly lengthBytes: number };
}

/** Resolves when the path is there. @returns a function that ends it */
export async function slowPath(on: MeshHost, options: SlowPathOptions): Promise<() => void> {
  const program = join(import.meta.dirname, 'slow-path-main.ts');
  const child: ChildProcess = on.spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout } = child;
  if (stdout === null) throw new LabError('command_failed', 'the slow path has no output');
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new LabError('command_failed', `the slow path on ${on.name}: exit ${code}`));
    });
    createInterface({ input: stdout }).once('line', () => resolve());
  });
  return () => void child.kill('SIGTERM');
}
