// Runs meshctl from source: in its own process, as an operator does, or in this process, for long tables of
// cases.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { programFile } from '@mesh/host/test-kit';
import { composePorts } from '../../src/compose.ts';
import { run } from '../../src/run.ts';

export const MAIN = programFile(join(import.meta.dirname, '..', '..', 'src', 'main.ts'));

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MeshctlOptions {
  readonly socket?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed at each question; without it, there is nobody to ask. */
  readonly answer?: string;
}

export function meshctl(
  args: readonly string[],
  { socket, env = {} }: MeshctlOptions = {},
): Promise<Outcome> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const options = {
    env: { PATH, NODE_COMPILE_CACHE, ...(socket ? { MESH_SOCKET: socket } : {}), ...env },
  };
  const command = ['--conditions=@mesh/source', MAIN, ...args];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/**
 * Runs the same program in this process, with real connections and files. Its output is captured, and its
 * questions get the given answer.
 */
export async function meshctlHere(
  args: readonly string[],
  { socket, env = {}, answer }: MeshctlOptions = {},
): Promise<Outcome> {
  const out: string[] = [];
  const errors: string[] = [];
  const exitCode = await run(args, {
    ...composePorts(),
    colours: false,
    screen: () => undefined,
    ask: () => Promise.resolve(answer),
    writeOut: (text) => void out.push(text),
    writeError: (text) => void errors.push(text),
    env: { ...(socket ? { MESH_SOCKET: socket } : {}), ...env },
  });
  return { exitCode, stdout: out.join(''), stderr: errors.join('') };
}
