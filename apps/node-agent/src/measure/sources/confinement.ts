// What stands between what measures and the host: util-linux programs that hand over to it. They take away
// privileges and the way back to them, set limits that it inherits, and, where the agent is root, put it into a PID
// namespace: whatever it starts ends with it there, in whichever session or group that hides.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { UnprivilegedUser } from '../unprivileged-user.ts';

export interface ConfinementOptions {
  /** RLIMIT_DATA of each process: what it can write to by itself, unlike its address space. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /** RLIMIT_NPROC: processes and threads of the user it becomes, those of others under its name included. */
  readonly maxProcesses: number;
  /** Whom to become; undefined where the agent itself has no privileges to drop. */
  readonly runAs: UnprivilegedUser | undefined;
  /**
   * When it becomes that user. `by itself`: it is a program of ours, whose file that user may not be able to read, and
   * which becomes it as soon as it is loaded.
   */
  readonly becomes: 'before it starts' | 'by itself';
}

export interface Confinement {
  /** What to put before the command. */
  readonly prefix: readonly [string, ...string[]];
  /** Whether everything that the command starts ends with it. */
  readonly endsWithCommand: boolean;
}

const MAX_OPEN_FILES = 256;
const MAX_FILE_BYTES = 64 * 1_048_576;

/** @returns undefined where setpriv or prlimit is missing */
export function findConfinement({
  memoryBytes,
  timeoutMs,
  maxProcesses,
  runAs,
  becomes,
}: ConfinementOptions): Confinement | undefined {
  const [setpriv, prlimit, unshare, sh] = ['setpriv', 'prlimit', 'unshare', 'sh'].map(findProgram);
  if (setpriv === undefined || prlimit === undefined) return undefined;
  // Never in the way of a command that uses every core until its time is up.
  const cpuSeconds = Math.ceil(timeoutMs / 1_000) * availableParallelism();
  const become =
    runAs === undefined || becomes === 'by itself'
      ? []
      : [`--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--clear-groups'];
  // Root that becomes nobody would get its capabilities back from the bounding set.
  const bound = runAs === undefined && process.geteuid?.() === 0 ? ['--bounding-set=-all'] : [];
  const limited: [string, ...string[]] = [
    ...([setpriv, ...become, ...bound, '--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all'] as const),
    ...[prlimit, `--data=${memoryBytes}`, `--cpu=${cpuSeconds}`, '--core=0', `--nofile=${MAX_OPEN_FILES}`],
    `--fsize=${MAX_FILE_BYTES}`,
    // It counts every process and thread of the user: under the agent's own user it would count the agent's.
    ...(runAs === undefined ? [] : [`--nproc=${maxProcesses}`]),
    '--',
  ];
  if (runAs === undefined || unshare === undefined || sh === undefined) {
    return { prefix: limited, endsWithCommand: false };
  }
  // The shell stays the namespace's first process and root's: the command can neither end nor leave it.
  const namespace: [string, ...string[]] = [
    ...([unshare, '--pid', '--fork', '--kill-child', '--mount-proc', '--'] as const),
    ...[sh, '-c', '"$@"; exit $?', 'sh'],
  ];
  const [program, ...args] = [...namespace, '/bin/true'] as const;
  return spawnSync(program, args, { stdio: 'ignore', env: {} }).status === 0
    ? { prefix: [...namespace, ...limited], endsWithCommand: true }
    : { prefix: limited, endsWithCommand: false };
}

function findProgram(program: string): string | undefined {
  return ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((folder) => `${folder}/${program}`).find(existsSync);
}
