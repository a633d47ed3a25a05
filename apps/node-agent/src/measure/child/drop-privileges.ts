// Makes a process that root started an ordinary user. It runs after the process has loaded its own code,
// which perhaps only root can read, and before the process reads anything else. setpriv and prlimit have
// already taken away privileges and set limits.

import { readdirSync, readFileSync } from 'node:fs';
import { errorCodeOf } from '@mesh/host';
import type { UnprivilegedUser } from '../confinement/unprivileged-user.ts';
import { MeasurementError } from '../result/measurement.ts';

/**
 * Becomes this user for good, and checks for each thread that the kernel confirms it.
 *
 * @param user undefined if the process keeps its user
 * @throws MeasurementError `unavailable` if the process cannot become that user or has a privilege left
 */
export function dropPrivileges(user: UnprivilegedUser | undefined): void {
  if (user !== undefined) become(user);
  // All threads are checked: if one thread keeps a privilege, the process keeps it.
  for (const thread of readdirSync('/proc/self/task')) {
    const status = readStatus(thread);
    const left = status === undefined ? undefined : findLeft(status, user);
    if (left !== undefined) {
      throw new MeasurementError(
        'unavailable',
        `the process that asks the measured service was not to have ${left}, so nothing is asked: run the agent as root with CAP_SETUID, CAP_SETGID and CAP_KILL, or as an ordinary user`,
      );
    }
  }
}

function become({ uid, gid }: UnprivilegedUser): void {
  try {
    process.setgroups?.([]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    throw new MeasurementError(
      'unavailable',
      `the process that asks the measured service cannot become user ${uid}:${gid} (${errorCodeOf(error) ?? 'unknown'}): give an agent that runs as root CAP_SETUID, CAP_SETGID and CAP_KILL, or run it as another user`,
      { cause: error },
    );
  }
}

/** @returns undefined if the thread has ended in the meantime */
function readStatus(thread: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${thread}/status`, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(errorCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/**
 * @param status the text of the thread's `status` file, proc(5)
 * @returns a privilege that the thread should not have; undefined if it has none
 */
function findLeft(status: string, user: UnprivilegedUser | undefined): string | undefined {
  const field = (name: string) => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1]?.trim();
  for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
    if (!/^0+$/.test(field(name) ?? '')) return `capabilities (${name})`;
  }
  if (field('NoNewPrivs') !== '1') return 'a way to new privileges (NoNewPrivs)';
  if (user === undefined) return undefined;
  const four = (id: number) => Array<number>(4).fill(id).join('\t');
  if (field('Uid') !== four(user.uid)) return 'another user (Uid)';
  if (field('Gid') !== four(user.gid) || field('Groups') !== '') return 'other groups (Gid, Groups)';
  return undefined;
}
