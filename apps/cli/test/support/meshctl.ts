// Runs meshctl from source: as its own process, as an operator does, or, for long tables of cases, in this
// one.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { composePorts } from '../../src/compose.ts';
import { run } from '../../src/run.ts';

export const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MeshctlOptions {
  readonly socket?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function meshctl(
  args: readonly string[],
  { socket, env = {} }: MeshctlOptions = {},
): Promise<Outcome> {
  const options = { env: { PATH: process.env.PATH, ...(socket ? { MESH_SOCKET: socket } : {}), ...env } };
  const command = ['--conditions=@mesh/source', MAIN, ...args];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/**
 * The same program with the same connections and files; only what it writes is kept, and nobody is there to
 * ask.
 */
export async function meshctlHere(
  args: readonly string[],
  { socket, env = {} }: MeshctlOptions = {},
): Promise<Outcome> {
  const out: string[] = [];
  const errors: string[] = [];
  const exitCode = await run(args, {
    ...composePorts(),
    colours: false,
    ask: () => Promise.resolve(undefined),
    writeOut: (text) => void out.push(text),
    writeError: (text) => void errors.push(text),
    env: { ...(socket ? { MESH_SOCKET: socket } : {}), ...env },
  });
  return { exitCode, stdout: out.join(''), stderr: errors.join('') };
}
