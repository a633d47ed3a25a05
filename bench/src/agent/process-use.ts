// Reads from /proc what a process uses: its memory (proc_pid_status(5)), its CPU, and the CPU of the commands
// that it ran to their end (proc_pid_stat(5)).

import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

export interface MemoryUse {
  /** What is in memory now, the pages of the program's own files included. */
  readonly residentMiB: number;
  /** The most that it ever was. */
  readonly highestMiB: number;
}

/** @throws Error if the process is gone */
export function memoryOf(pid: number): MemoryUse {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const mebibytes = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`process ${pid} has no memory any more`);
    return Number(kibibytes) / 1024;
  };
  return { residentMiB: mebibytes('VmRSS'), highestMiB: mebibytes('VmHWM') };
}

export interface CpuUse {
  /** The process itself, over all its threads, to the nanosecond. */
  readonly ownMs: number;
  /** The commands that it started and that have ended, to a hundredth of a second. */
  readonly commandsMs: number;
}

/** @throws Error if the process is gone */
export function cpuOf(pid: number): CpuUse {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]);
  return { ownMs: threadsCpuMs(pid), commandsMs: (ticks * 1000) / TICKS_PER_SECOND };
}

/** The CPU of the threads that run now. An agent's threads last as long as it does. */
function threadsCpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1'))
    .reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0);
}
