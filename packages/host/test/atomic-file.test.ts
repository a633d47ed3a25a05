// Atomic files: the old or the new content and nothing between, private under any umask, without leftovers.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sweepLeftovers, writeFileAtomic, writeFileAtomicSync } from '../src/index.ts';
import { asOrdinaryUser } from './support/as-ordinary-user.ts';
import { errorOf, rejectionOf } from './support/error-of.ts';
import { runProgram } from './support/run-program.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
let count = 0;
function folder(): string {
  count += 1;
  const path = join(directory, String(count));
  mkdirSync(path);
  return path;
}

const forms = [
  [
    'writeFileAtomicSync',
    async (...args: Parameters<typeof writeFileAtomicSync>) => writeFileAtomicSync(...args),
  ],
  ['writeFileAtomic', writeFileAtomic],
] as const;

describe.each(forms)('%s', (_, write) => {
  it('creates and replaces a file and leaves only that', async () => {
    const path = join(folder(), 'status.json');
    await write(path, 'one');
    expect(readFileSync(path, 'utf8')).toBe('one');
    await write(path, Uint8Array.of(0, 1, 255));
    expect([...readFileSync(path)]).toEqual([0, 1, 255]);
    expect(readdirSync(dirname(path))).toEqual(['status.json']);
  });

  it.each([
    [0o000, 0o644],
    [0o077, 0o644],
    [0o000, 0o600],
    [0o777, 0o600],
  ])('under umask %o gives exactly the mode %o', async (umask, mode) => {
    const path = join(folder(), 'file');
    const before = process.umask(umask);
    try {
      await write(path, 'x', { mode });
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  it('is 0600 by default, also over a file that was open to all', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, 'old');
    chmodSync(path, 0o666);
    await write(path, 'new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('replaces a symbolic link instead of writing through it', async () => {
    const path = join(folder(), 'link');
    const victim = join(folder(), 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, path);
    await write(path, 'new');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(lstatSync(path).isSymbolicLink()).toBe(false);
  });

  it('with overwrite: false creates a file, then refuses and changes nothing', async () => {
    const path = join(folder(), 'key');
    await write(path, 'first', { overwrite: false });
    expect((await rejectionOf(write(path, 'second', { overwrite: false }))).code).toBe('file_exists');
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(readdirSync(dirname(path))).toEqual(['key']);
  });

  it('fails with the path and the reason when the directory is missing, without naming the content', async () => {
    const path = join(folder(), 'none', 'file');
    const error = await rejectionOf(write(path, 'planted-content'));
    expect(error.code).toBe('file_io');
    expect(error.message).toContain('ENOENT');
    expect(error.message + String(error.cause)).not.toContain('planted-content');
  });

  it('cleans up after itself when the target cannot be replaced', async () => {
    const path = join(folder(), 'taken');
    mkdirSync(join(path, 'child'), { recursive: true });
    expect((await rejectionOf(write(path, 'x'))).code).toBe('file_io');
    expect(readdirSync(dirname(path))).toEqual(['taken']);
  });

  it('gives each of many simultaneous writers its own temporary file', async () => {
    const path = join(folder(), 'busy');
    const contents = Array.from({ length: 30 }, (_, index) => String(index).repeat(5_000));
    await Promise.all(contents.map((content) => write(path, content)));
    expect(contents).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(dirname(path))).toEqual(['busy']);
  });
});

describe('a writer that is killed', () => {
  it.each(['sync', 'async'])('leaves the old or the new file whole (%s)', async (form) => {
    const path = join(folder(), 'rewritten');
    for (let round = 1; round <= 5; round++) {
      const program = runProgram('rewrite-file.ts', [path, form]);
      await program.lineWhere((line) => line === `round ${round * 3}`);
      await program.kill();
      const content = readFileSync(path, 'utf8');
      expect(content).toHaveLength(65_536);
      expect(new Set(content).size).toBe(1);
    }
  });
});

describe('leftovers', () => {
  const gone = () => spawnSync(process.execPath, ['-e', '']).pid;
  const plant = (path: string, writer: string) => {
    const file = join(dirname(path), `.${basename(path)}.${writer}.0123456789abcdef.tmp`);
    writeFileSync(file, 'half');
    return file;
  };

  it('of processes that are gone are removed at the first write of the path', () => {
    const path = join(folder(), 'file');
    plant(path, `${gone()}-0`);
    plant(path, `${gone()}-7`);
    writeFileAtomicSync(path, 'x');
    expect(readdirSync(dirname(path))).toEqual(['file']);
  });

  it('of an earlier process with this process’s id are removed too', () => {
    const path = join(folder(), 'file');
    const own = plant(path, `${process.pid}-${Number(/\d+$/.exec(threadName(path))?.[0])}`);
    expect(sweepLeftovers(path)).toBe(1);
    expect(existsSync(own)).toBe(false);
  });

  it('of running processes, and files with similar names, are left alone', () => {
    const path = join(folder(), 'file');
    const kept = [plant(path, `${process.ppid}-0`), plant(join(dirname(path), 'other'), `${gone()}-0`)];
    for (const name of ['.file.tmp', '.file.12.tmp', 'file.tmp', `.file.${gone()}-0.short.tmp`]) {
      kept.push(join(dirname(path), name));
      writeFileSync(join(dirname(path), name), '');
    }
    expect(sweepLeftovers(path)).toBe(0);
    expect(kept.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('that cannot be listed do not hide the error of the write itself', () => {
    const path = join(folder(), 'file');
    const error = asOrdinaryUser([], () => errorOf(() => writeFileAtomicSync(path, 'x')));
    expect(error.message).toContain('EACCES');
  });
});

/**
 * This thread's part of a temporary file's name. It appears while a write fails because `path` is a
 * directory.
 */
function threadName(path: string): string {
  const blocked = join(dirname(path), 'blocked');
  mkdirSync(join(blocked, 'child'), { recursive: true });
  const error = errorOf(() => writeFileAtomicSync(blocked, 'x'));
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return /\.blocked\.(\d+-\d+)\./.exec(cause)?.[1] ?? '';
}
