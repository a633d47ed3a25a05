// One process per state directory, however the last process ended.

import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireProcessLock } from '../src/index.ts';
import { errorOf } from './support/error-of.ts';
import { runProgram } from './support/run-program.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();

describe('a process lock', () => {
  it('held by another process refuses this one and names it; kill -9 frees it at once', async () => {
    const path = join(directory, 'deep', 'controller.lock');
    const program = runProgram('hold-lock.ts', [path]);
    await program.lineWhere((line) => line === 'held');
    const error = errorOf(() => acquireProcessLock(path));
    expect(error.code).toBe('locked');
    expect(error.message).toContain(`process ${program.child.pid}`);
    await program.kill();
    acquireProcessLock(path).release();
  });

  it('held by this process refuses this process too, and stays held after that', async () => {
    const path = join(directory, 'own.lock');
    using lock = acquireProcessLock(path);
    expect(errorOf(() => acquireProcessLock(path)).code).toBe('locked');
    expect(errorOf(() => acquireProcessLock(path)).message).toContain(`process ${process.pid}`);
    const other = runProgram('hold-lock.ts', [path]);
    await other.gone;
    expect(other.lines).toEqual(['locked']);
    lock.release();
    const next = runProgram('hold-lock.ts', [path]);
    expect(await next.lineWhere(() => true)).toBe('held');
    await next.kill();
  });

  it('is private, can be released twice and leaves no holder behind', () => {
    const path = join(directory, 'twice.lock');
    const lock = acquireProcessLock(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.holder`)).toBe(true);
    lock.release();
    lock.release();
    expect(existsSync(`${path}.holder`)).toBe(false);
  });

  it('holds even if the holder file has other text or is missing', async () => {
    const path = join(directory, 'holder.lock');
    using lock = acquireProcessLock(path);
    writeFileSync(`${path}.holder`, 'x\n{"evil": true}\n');
    expect(errorOf(() => acquireProcessLock(path)).message).toContain('held by another process');
    expect(lock.path).toBe(path);
  });

  it('is held even if its holder cannot be written, as on a full disk', async () => {
    const path = join(directory, 'unnoted.lock');
    mkdirSync(`${path}.holder`);
    using lock = acquireProcessLock(path);
    expect(errorOf(() => acquireProcessLock(path)).message).toContain('held by another process');
    const other = runProgram('hold-lock.ts', [lock.path]);
    await other.gone;
    expect(other.lines).toEqual(['locked']);
  });

  it('reports a path that cannot have a lock', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(errorOf(() => acquireProcessLock(join(directory, 'file', 'x.lock'))).code).toBe('file_io');
  });
});
