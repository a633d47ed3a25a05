// Finds the processes of a lab, and ends them by process id only. They are found by the network namespace
// they live in (wireguard-go daemonises, so parenthood does not help) or by the mark that the lab puts into
// their environment. Processes of other labs, of other prefixes or of living owners are never touched.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from './until.ts';

/** How long the system may take to end killed processes. */
const KILLED_WITHIN_MS = 10_000;

/** Environment variable that everything started in a lab carries: `prefix:ownerPid:ownerStartTicks`. */
export const LAB_MARK = 'ALIGNED_MESH_LAB_RUN';

/**
 * This process as an owner. A pid alone may be reused after its death; pid and start time together may not.
 */
export function labMark(prefix: string): string {
  return `${prefix}:${process.pid}:${startTicks(process.pid) ?? 0}`;
}

/** The network namespace of a process as `net:[inode]`; `undefined` when it is gone or a zombie. */
export function networkNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Every living process in one of the given network namespaces. */
export function processesIn(namespaces: ReadonlySet<string>): number[] {
  return allPids().filter((pid) => {
    const namespace = networkNamespaceOf(pid);
    return namespace !== undefined && namespaces.has(namespace);
  });
}

/** Every living process that carries exactly this mark, wherever it runs. */
export function markedProcesses(mark: string): number[] {
  return allPids().filter((pid) => environmentMark(pid) === mark);
}

/**
 * Processes that carry the mark of `prefix` and whose owner is dead, and all processes in their namespaces.
 */
export function abandonedProcesses(prefix: string): number[] {
  const marked = allPids().filter((pid) => {
    const mark = environmentMark(pid);
    return mark?.startsWith(`${prefix}:`) && !isOwnerAlive(mark);
  });
  // A process that cleaned its environment is still found by the namespace, unless that is our own.
  const own = networkNamespaceOf(process.pid);
  const namespaces = new Set<string>();
  for (const pid of marked) {
    const namespace = networkNamespaceOf(pid);
    if (namespace !== undefined && namespace !== own) namespaces.add(namespace);
  }
  return [...new Set([...marked, ...processesIn(namespaces)])];
}

/** Sends a signal to each process; a process that is already gone is no error. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** Kills the processes that an earlier, killed run with this prefix left behind. Returns how many. */
export function sweepAbandoned(prefix: string): number {
  const pids = abandonedProcesses(prefix);
  killNow(() => abandonedProcesses(prefix));
  return pids.length;
}

/**
 * For exit handlers: synchronously sends SIGKILL to the processes of `list`, until it is empty (at most 2 s).
 */
export function killNow(list: () => number[]): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  // A dying process no longer has an environment, so it is not listed, but it still holds its namespace.
  const dying = new Set<number>();
  for (let round = 0; round < 100; round += 1) {
    for (const pid of list()) dying.add(pid);
    const left = [...dying].filter((pid) => networkNamespaceOf(pid) !== undefined);
    if (left.length === 0) return;
    signalAll(left, 'SIGKILL');
    Atomics.wait(pause, 0, 0, 20);
  }
}

/**
 * Sends SIGTERM, and SIGKILL after `graceMs`. Resolves when `list` is empty.
 * @throws LabError `timed_out`
 */
export async function endGently(list: () => number[], graceMs = 2_000): Promise<void> {
  const first = list();
  signalAll(first, 'SIGTERM');
  signalAll(first, 'SIGCONT'); // a stopped process sees the SIGTERM only once it goes on
  const insistAt = performance.now() + graceMs;
  await until('the processes of the lab to end', graceMs + KILLED_WITHIN_MS, () => {
    const left = list();
    if (left.length > 0 && performance.now() > insistAt) signalAll(left, 'SIGKILL');
    return left.length === 0 ? true : undefined;
  });
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function environmentMark(pid: number): string | undefined {
  try {
    const entry = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .find((variable) => variable.startsWith(`${LAB_MARK}=`));
    return entry?.slice(LAB_MARK.length + 1);
  } catch {
    return undefined; // another user's process, or one that has just ended
  }
}

function isOwnerAlive(mark: string): boolean {
  const [, pid, ticks] = mark.split(':');
  return startTicks(Number(pid)) === Number(ticks);
}

/** Field 22 of /proc/PID/stat; the command name before it may contain spaces and parentheses. */
function startTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(
      stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .at(19),
    );
  } catch {
    return undefined;
  }
}
