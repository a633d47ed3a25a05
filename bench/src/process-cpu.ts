// Reads from /proc the CPU time of another process (proc_pid_stat(5)), over all its threads, to a hundredth
// of a second.

import { readFileSync } from 'node:fs';

/** Linux counts in this unit on every architecture that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** @returns milliseconds of user and system time; undefined without /proc */
export function processCpuMs(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets and may contain anything, so fields count from its
  // end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? (ticks * 1000) / TICKS_PER_SECOND : undefined;
}
