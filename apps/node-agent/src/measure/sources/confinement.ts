// What separates a measuring program from the host: util-linux programs that start it. They take away its
// privileges and every way back to them, set limits that it inherits, and, where the agent is root, put it
// into a PID namespace. Whatever it starts ends with it there, in whatever session or group it hides.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { UnprivilegedUser } from '../result/unprivileged-user.ts';

export interface ConfinementOptions {
  /** RLIMIT_DATA of each process: the memory that it can write to, which is less than its address space. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /** RLIMIT_NPROC: all processes and threads of the user that it becomes, also those that others started. */
  readonly maxProcesses: number;
  /** The user to become; undefined where the agent itself has no privileges to drop. */
  readonly runAs: UnprivilegedUser | undefined;
  /**
   * When it becomes that user. `by itself`: it is a program of this package, whose file that user may not be
   * able to read; it becomes the user as soon as it is loaded.
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
  // Enough for a command that uses every core until its time is up.
  const cpuSeconds = Math.ceil(timeoutMs / 1_000) * availableParallelism();
  const become =
    runAs === undefined || becomes === 'by itself'
      ? []
      : [`--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--clear-groups'];
  // A root process that keeps its user would get its capabilities back from the bounding set.
  const bound = runAs === undefined && process.geteuid?.() === 0 ? ['--bounding-set=-all'] : [];
  const limited: [string, ...string[]] = [
    ...([setpriv, ...become, ...bound, '--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all'] as const),
    ...[prlimit, `--data=${memoryBytes}`, `--cpu=${cpuSeconds}`, '--core=0', `--nofile=${MAX_OPEN_FILES}`],
    `--fsize=${MAX_FILE_BYTES}`,
    // The limit counts all processes and threads of the user, so under the agent's own user it would count
    // the agent's.
    ...(runAs === undefined ? [] : [`--nproc=${maxProcesses}`]),
    '--',
  ];
  if (runAs === undefined || unshare === undefined || sh === undefined) {
    return { prefix: limited, endsWithCommand: false };
  }
  // The shell stays the first process of the namespace and belongs to root: the command can neither end nor
  // leave it.
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
