// Runs the program of a command hook over node:child_process.

import { spawn } from 'node:child_process';
import { errorCodeOf } from '@mesh/host';
import type { RunProgram } from './command-receiver.ts';

/** Nothing of the controller's own environment, in which secrets can be. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

export const spawnProgram: RunProgram = ([file = '', ...args], input, signal) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const child = spawn(file, args, {
      cwd: '/',
      env: ENVIRONMENT,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const onAbort = () => killGroup(child.pid);
    signal.addEventListener('abort', onAbort, { once: true });
    const end = () => signal.removeEventListener('abort', onAbort);
    child.on('error', (error) => {
      end();
      reject(
        new Error(
          `${file} cannot be started (${errorCodeOf(error) ?? 'unknown'}): check its path and its mode`,
          {
            cause: error,
          },
        ),
      );
    });
    child.on('exit', (code, killedBy) => {
      end();
      if (signal.aborted) reject(signal.reason);
      else resolve({ exitCode: code ?? undefined, killedBy: killedBy ?? undefined });
    });
    // A program may end without reading.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });

/** With what the program has started, unless that left the group. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (errorCodeOf(error) !== 'ESRCH') throw error;
  }
}
