// Records which process serves an interface, for the next program that drives it. A pid alone is not enough:
// the system reuses pids, and the program could end another process. The pid, the boot and the start time in
// that boot together name one process for ever.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

export interface ProcessRecord {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat (proc_pid_stat(5)). */
  readonly startTicks: string;
  readonly bootId: string;
}

/**
 * Describes a process that runs now; `undefined` if it does not run. A zombie has ended, unless it still has
 * other threads: after a kill, the first thread can be a zombie while the others still hold sockets and
 * devices.
 */
export function describeProcess(pid: number): ProcessRecord | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, threads, startTicks] = [fields[0], Number(fields[17]), fields[19]];
    if (startTicks === undefined || ((state === 'Z' || state === 'X') && threads <= 1)) return undefined;
    return { pid, startTicks, bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() };
  } catch {
    return undefined;
  }
}

/** True while this process runs, not another one with its pid. */
export function isRunning(record: ProcessRecord): boolean {
  const now = describeProcess(record.pid);
  return now !== undefined && now.startTicks === record.startTicks && now.bootId === record.bootId;
}

/**
 * `undefined` if the file is missing or is not a record. Then no process may be ended by its pid.
 */
export function readProcessRecord(path: string): ProcessRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, startTicks, bootId } = value as Partial<Record<keyof ProcessRecord, unknown>>;
    const isPid = typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1;
    if (!isPid || typeof startTicks !== 'string' || typeof bootId !== 'string') return undefined;
    return { pid, startTicks, bootId };
  } catch {
    return undefined;
  }
}

export function writeProcessRecord(path: string, record: ProcessRecord): void {
  // The old file is removed first: it would keep its mode, and a link would be followed.
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600, flag: 'wx' });
}

export function removeProcessRecord(path: string): void {
  rmSync(path, { force: true });
}
