// A TCP service on a host of a lab, and attempts to reach it: see tcp-line-main.ts.

import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LabError } from './lab-error.ts';
import type { LabNode } from './namespaces.ts';

const PROGRAM = join(import.meta.dirname, 'tcp-line-main.ts');

/** Runs as long as the host. Resolves when it listens, on every address of the host. */
export async function serveLines(host: Pick<LabNode, 'spawn' | 'name'>, port: number): Promise<void> {
  const child = host.spawn(process.execPath, [PROGRAM, 'serve', '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null)
    throw new LabError('command_failed', `the service on ${host.name} has no output`);
  const ended = once(child, 'exit').then(() => {
    throw new LabError('command_failed', `nothing listens on port ${port} of ${host.name}`);
  });
  await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  ended.catch(() => undefined);
}

/** Whether the service at an address answers. */
export async function answersLine(from: Pick<LabNode, 'exec'>, to: string, port: number): Promise<boolean> {
  const args = ['knock', '--to', to, '--port', String(port)];
  const { exitCode } = await from.exec(process.execPath, [PROGRAM, ...args], { allowFailure: true });
  return exitCode === 0;
}

/** How many bits a second came from the service at an address, as the mean over these seconds. */
export async function bitsFrom(
  from: Pick<LabNode, 'exec'>,
  to: string,
  port: number,
  seconds: number,
): Promise<number> {
  const args = ['flood', '--to', to, '--port', String(port), '--seconds', String(seconds)];
  const { stdout } = await from.exec(process.execPath, [PROGRAM, ...args], { timeoutMs: 60_000 });
  return ((JSON.parse(stdout) as { bytes: number }).bytes * 8) / seconds;
}
