// Injects something into system calls of a process that runs already.

import { type ChildProcess, spawn } from 'node:child_process';
import { injection } from '@mesh/host/test-kit';

/**
 * Into calls of all threads of the process, counted from now.
 *
 * @param calls names of calls, with commas between them
 * @param injected for example `signal=KILL:when=2`
 * @returns strace, which has attached itself. What it injects ends with it
 */
export async function attachStrace(pid: number, calls: string, injected: string): Promise<ChildProcess> {
  const tracer = spawn('strace', ['-f', '-p', String(pid), ...injection(calls, injected)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    tracer.stderr?.on('data', (text: Buffer) => void (text.includes('attached') && resolve()));
    tracer.once('exit', () => reject(new Error('strace did not attach')));
  });
  return tracer;
}
