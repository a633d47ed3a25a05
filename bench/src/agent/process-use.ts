// Reads from /proc what a process uses: its memory (proc_pid_status(5)), its CPU, and the CPU of the commands
// that it ran to their end (proc_pid_stat(5)).

import { readdirSync, readFileSync } from 'node:fs';
import { statOf } from '../process-cpu.ts';

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
  return { ownMs: threadsCpuMs(pid), commandsMs: statOf(pid).childrenCpuMs };
}

/** The CPU of the threads that run now. An agent's threads last as long as it does. */
function threadsCpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1'))
    .reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0);
}
