// CPU time over all threads: of this process, and from /proc that of another one (proc_pid_stat(5)), to a
// hundredth of a second.

import { readFileSync } from 'node:fs';

/**
 * @param start an earlier `process.cpuUsage()`
 * @returns milliseconds of user and system time of this process since then
 */
export function cpuSinceMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Linux counts in this unit on every architecture that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  readonly parentPid: number;
  /** User and system time of the process. */
  readonly cpuMs: number;
  /** The same of the children that have ended and that it has waited for. */
  readonly childrenCpuMs: number;
}

/** @throws Error if the process is gone, and without /proc */
export function statOf(pid: number): ProcessStat {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the program's name in brackets and may contain anything, so fields count from its
  // end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (at: number): number => Number(fields[at]);
  const millis = (ticks: number): number => (ticks * 1000) / TICKS_PER_SECOND;
  return {
    parentPid: field(1),
    cpuMs: millis(field(11) + field(12)),
    childrenCpuMs: millis(field(13) + field(14)),
  };
}

/** @returns milliseconds of user and system time; undefined without /proc */
export function processCpuMs(pid: number): number | undefined {
  try {
    return statOf(pid).cpuMs;
  } catch {
    return undefined;
  }
}

/**
 * How long the main thread of a process has waited for a core so far, while it could have run.
 * @returns milliseconds; undefined without /proc
 */
export function waitedForCoreMs(pid: number): number | undefined {
  try {
    const [, waitedNs] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return undefined;
  }
}
