// Runs one share of a long part of a scenario in a process of its own, which prints lines of JSON.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Share {
  /** The program: an absolute path. */
  readonly main: string;
  readonly args: readonly string[];
  /** What Node is given before the program. */
  readonly nodeArgs?: readonly string[];
  /** Variables that its environment has beside those of this process; undefined: that it lacks. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * @param onProgress gets every line but the result
 * @returns the object in the `result` of a line
 * @throws Error if the process ends without one
 */
export async function runShare<Result, Progress>(
  { main, args, nodeArgs = [], env = {} }: Share,
  onProgress: (progress: Progress) => void,
): Promise<Result> {
  const child = spawn(process.execPath, ['--conditions=@mesh/source', ...nodeArgs, main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let result: Result | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as { readonly result: Result } | Progress;
    if (typeof told === 'object' && told !== null && 'result' in told) result = told.result;
    else onProgress(told as Progress);
  }
  const [code] = (await exited) as [number | null];
  if (result === undefined) throw new Error(`${main} ended with ${code} and without a result`);
  return result;
}
