// Separates a measuring program from the host. util-linux programs start it: they take away its privileges
// and every way to regain them, set limits that it inherits, and, if the agent is root, put it into a PID
// namespace. There, every process that it starts ends with it, in whatever session or group.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { UnprivilegedUser } from './unprivileged-user.ts';

export interface ConfinementOptions {
  /** RLIMIT_DATA of each process: the memory that it can write to. Its address space may be larger. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /**
   * RLIMIT_NPROC: the most processes and threads of the user that it becomes, including those of other
   * programs.
   */
  readonly maxProcesses: number;
  /** The user to become; undefined if the agent itself has no privileges to drop. */
  readonly runAs: UnprivilegedUser | undefined;
  /**
   * When the program becomes that user. `by itself`: it is a program of this package, and that user may not
   * be able to read its file, so the program becomes the user as soon as it is loaded.
   */
  readonly becomes: 'before it starts' | 'by itself';
}

export interface Confinement {
  /** The program and arguments to put before the command. */
  readonly prefix: readonly [string, ...string[]];
  /** Whether everything that the command starts ends with it. */
  readonly endsWithCommand: boolean;
}

const MAX_OPEN_FILES = 256;
const MAX_FILE_BYTES = 64 * 1_048_576;

/** @returns undefined if setpriv or prlimit is missing */
export function findConfinement({
  memoryBytes,
  timeoutMs,
  maxProcesses,
  runAs,
  becomes,
}: ConfinementOptions): Confinement | undefined {
  const [setpriv, prlimit, unshare, sh] = ['setpriv', 'prlimit', 'unshare', 'sh'].map(findProgram);
  if (setpriv === undefined || prlimit === undefined) return undefined;
  // Enough for a command that uses every core until its time is over.
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
    // The limit counts all processes and threads of the user. Under the agent's own user it would also count
    // the agent's.
    ...(runAs === undefined ? [] : [`--nproc=${maxProcesses}`]),
    '--',
  ];
  if (runAs === undefined || unshare === undefined || sh === undefined) {
    return { prefix: limited, endsWithCommand: false };
  }
  // The shell stays the first process of the namespace and belongs to root, so the command can neither end it
  // nor leave the namespace.
  const namespace: [string, ...string[]] = [
    ...([unshare, '--pid', '--fork', '--kill-child', '--mount-proc', '--'] as const),
    ...[sh, '-c', '"$@"; exit $?', 'sh'],
  ];
  const [program, ...args] = [...namespace, '/bin/true'] as const;
  return spawnSync(program, args, { stdio: 'ignore', env: {} }).status === 0
    ? { prefix: [...namespace, ...limited], endsWithCommand: true }
    : { prefix: limited, endsWithCommand: false };
}

/** Whether this host has the programs that separate a measuring program. */
export function canConfine(): boolean {
  return findProgram('setpriv') !== undefined && findProgram('prlimit') !== undefined;
}

function findProgram(program: string): string | undefined {
  return ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((folder) => `${folder}/${program}`).find(existsSync);
}
