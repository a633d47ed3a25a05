// Kills a running process at a system call.

import { type ChildProcess, spawn } from 'node:child_process';
import { injection } from '@mesh/host/test-kit';

/** Ends a process with SIGKILL at a later call of one kind, counted from now, in any of its threads. */
export async function killAt(pid: number, call: string, when: number): Promise<ChildProcess> {
  const tracer = spawn('strace', ['-f', '-p', String(pid), ...injection(call, `signal=KILL:when=${when}`)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    tracer.stderr?.on('data', (text: Buffer) => void (text.includes('attached') && resolve()));
    tracer.once('exit', () => reject(new Error('strace did not attach')));
  });
  return tracer;
}
