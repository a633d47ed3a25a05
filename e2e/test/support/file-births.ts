// Finds which files a program creates, and with which mode. It reads the system calls, because before a later
// chmod others could open a file for a moment.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../lab/index.ts';

export interface Birth {
  readonly path: string;
  /** Permission bits, after the umask of that moment. */
  readonly mode: number;
}

export interface TracedProgram {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves when the program has printed this. The test fails if the program ends before. */
  readonly says: (text: string) => Promise<void>;
  /** The exit code, and the files that were created under the folder, oldest first. */
  readonly ended: () => Promise<{ readonly code: number | null; readonly births: readonly Birth[] }>;
}

const CALLS = [
  ...['open', 'openat', 'creat', 'mkdir', 'mkdirat', 'mknod', 'mknodat', 'bind', 'umask'],
  ...['unlink', 'unlinkat', 'rename', 'renameat', 'renameat2', 'link', 'linkat'],
].join();

/** Starts a program with umask 0, so that its own modes are seen. @param traceFile for strace's own output */
export function traceFiles(command: readonly string[], folder: string, traceFile: string): TracedProgram {
  const before = pathsUnder(folder);
  // The tracer is a grandchild (-D): signals reach the program itself.
  const strace = [
    'strace',
    '-D',
    // The kernel stops the program at these calls only.
    '--seccomp-bpf',
    '-f',
    '-s',
    '512',
    '-e',
    `trace=${CALLS}`,
    '-e',
    'signal=none',
    '-o',
    traceFile,
  ];
  const child = spawn(
    strace[0] ?? '',
    [...strace.slice(1), 'sh', '-c', 'umask 0 && exec "$0" "$@"', ...command],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const pid = child.pid ?? 0;
  const hasEnded = () => new RegExp(`^${pid} +\\+\\+\\+ `, 'm').test(readFileSync(traceFile, 'utf8'));
  return {
    pid,
    output: () => output,
    says: async (text) => {
      const isOver = () => output.includes(text) || child.exitCode !== null;
      await until(`"${text}"`, 60_000, () => isOver() || undefined);
      if (!output.includes(text)) throw new Error(`the program ended without "${text}": ${output}`);
    },
    ended: async () => {
      const [code] = await closed;
      await until('the trace to be whole', 30_000, () => hasEnded() || undefined);
      return { code, births: birthsIn(readFileSync(traceFile, 'utf8'), folder, before) };
    },
  };
}

const NEW_NAME =
  /\b(?:rename|link)\("[^"]+", "([^"]+)"|\b(?:renameat2?|linkat)\([^,]+, "[^"]+", [^,]+, "([^"]+)"/;
const OLD_NAME = /\b(?:rename|unlink)\("([^"]+)"|\b(?:renameat2?|unlinkat)\([^,]+, "([^"]+)"/;
const FILE =
  /\b(?:openat|mkdirat|mknodat)\([^,]+, "([^"]+)", (?:[A-Z_|]*O_CREAT[A-Z_|]*, )?(0[0-7]+)|\b(?:open|creat|mkdir|mknod)\("([^"]+)", (?:[A-Z_|]*O_CREAT[A-Z_|]*, )?(0[0-7]+)/;
const SOCKET = /\bbind\(\d+, \{sa_family=AF_UNIX, sun_path="([^"]+)"/;

/**
 * The births in the trace of one program and its threads, which share a umask.
 *
 * @param before the files that existed at the start: to open one of them with O_CREAT, as SQLite does,
 *   creates nothing
 */
function birthsIn(trace: string, folder: string, before: ReadonlySet<string>): Birth[] {
  const births: Birth[] = [];
  const there = new Set(before);
  let umask = 0o022;
  for (const line of trace.split('\n')) {
    // If another thread's call interrupts a call, strace writes it in two parts. The first has the arguments.
    const set = /\bumask\((0[0-7]*)\b/.exec(line)?.[1];
    if (set !== undefined) umask = Number.parseInt(set, 8);
    const gone = firstGroup(OLD_NAME, line);
    if (gone !== undefined) there.delete(gone);
    const renamed = firstGroup(NEW_NAME, line);
    if (renamed !== undefined) there.add(renamed);
    const [, fileAt, modeAt, file = fileAt, mode = modeAt] = FILE.exec(line) ?? [];
    const path = file ?? firstGroup(SOCKET, line);
    if (path?.startsWith(`${folder}/`) !== true || there.has(path)) continue;
    there.add(path);
    const asked = mode === undefined ? 0o777 : Number.parseInt(mode, 8);
    births.push({ path: path.slice(folder.length + 1), mode: asked & 0o777 & ~umask });
  }
  return births;
}

function firstGroup(pattern: RegExp, line: string): string | undefined {
  return pattern
    .exec(line)
    ?.slice(1)
    .find((group) => group !== undefined);
}

function pathsUnder(folder: string): Set<string> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return new Set(entries.map((entry) => join(entry.parentPath, entry.name)));
}
