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
    const onAbort = () => {
      const failure = killGroup(child.pid);
      // Its exit may never come, and nobody waits for it any more.
      if (failure !== undefined)
        reject(new Error(`${file} did not end in time and cannot be killed (${failure})`));
    };
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

/**
 * With what the program has started, unless that left the group.
 *
 * @returns the code of the failure; undefined if the group is killed or gone
 */
function killGroup(pid: number | undefined): string | undefined {
  if (pid === undefined) return undefined;
  try {
    process.kill(-pid, 'SIGKILL');
    return undefined;
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown';
    return code === 'ESRCH' ? undefined : code;
  }
}
