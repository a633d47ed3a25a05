// Runs test/programs/recorded-run.ts under strace, and reads what it did to the disk and what it had told.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DiskEvent, readDiskEvents, straceArguments } from './disk-events.ts';
import { TOLD_FILE } from './recorded-config.ts';
import type { Told } from './told.ts';

const PROGRAM = fileURLToPath(new URL('../../programs/recorded-run.ts', import.meta.url));
/** Shared memory: it ends with its processes. */
const NOT_ON_DISK = /(?:-shm|\.sock)$/;

export type Recorded = DiskEvent | { readonly kind: 'told'; readonly told: Told };

export interface RecordOptions {
  /** More arguments of Node, and variables, with which the program runs. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** @throws Error if strace is missing, or the program fails or does what cannot be replayed */
export function recordRun({ nodeArgs = [], env = {} }: RecordOptions = {}): Recorded[] {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'mesh-recorded-')));
  const folder = join(parent, 'run');
  const log = join(parent, 'strace');
  mkdirSync(folder, { mode: 0o700 });
  try {
    const node = ['--conditions=@mesh/source', '--disable-warning=ExperimentalWarning', ...nodeArgs];
    const command = [process.execPath, ...node, PROGRAM, folder];
    const ended = spawnSync('strace', [...straceArguments(log), ...command], {
      encoding: 'utf8',
      // Node may hand file work to the kernel past all system calls.
      env: { ...process.env, ...env, UV_USE_IO_URING: '0' },
    });
    if (ended.error !== undefined)
      throw new Error('strace cannot be run: install it, or run npm test once', { cause: ended.error });
    if (ended.status !== 0) throw new Error(`the recorded run failed: ${ended.stderr}`);
    return readDiskEvents(readFileSync(log, 'latin1'), folder).flatMap(toldOf);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function toldOf(event: DiskEvent): Recorded[] {
  if (NOT_ON_DISK.test(event.path)) return [];
  if (event.path !== TOLD_FILE) return [event];
  if (event.kind !== 'write') return [];
  const lines = Buffer.from(event.bytes).toString().trimEnd().split('\n');
  return lines.map((line) => ({ kind: 'told', told: JSON.parse(line) as Told }));
}
