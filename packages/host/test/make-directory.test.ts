import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makePrivateDirectory } from '../src/index.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
const modeOf = (path: string) => statSync(path).mode & 0o777;

it('makes each missing directory with mode 0700 under any umask, and leaves existing ones as they are', () => {
  const there = join(directory, 'there');
  mkdirSync(there);
  chmodSync(there, 0o755);
  const path = join(there, 'a', 'b');
  const source = new URL('../src/make-directory.ts', import.meta.url).href;
  const program = `process.umask(0); const { makePrivateDirectory } = await import(${JSON.stringify(source)});
    makePrivateDirectory(${JSON.stringify(path)}); makePrivateDirectory(${JSON.stringify(path)});`;
  execFileSync(process.execPath, ['--input-type=module', '-e', program]);
  expect([there, join(there, 'a'), path].map(modeOf)).toEqual([0o755, 0o700, 0o700]);
});

it('makes one where its user may write and not read, so that the name cannot be synced', () => {
  const closed = join(directory, 'closed');
  mkdirSync(closed);
  chmodSync(directory, 0o711);
  chmodSync(closed, 0o333);
  const path = join(closed, 'a');
  const source = new URL('../src/make-directory.ts', import.meta.url).href;
  // Root may read everything.
  const program = `const { makePrivateDirectory } = await import(${JSON.stringify(source)});
    if (process.getuid() === 0) process.seteuid(65534);
    makePrivateDirectory(${JSON.stringify(path)});`;
  execFileSync(process.execPath, ['--input-type=module', '-e', program]);
  chmodSync(closed, 0o700);
  expect(modeOf(path)).toBe(0o700);
});

it('accepts a link to a directory', () => {
  const link = join(directory, 'link');
  symlinkSync(directory, link);
  makePrivateDirectory(join(link, 'below'));
  expect(modeOf(join(directory, 'below'))).toBe(0o700);
});

it.each([
  ['a file', 'file', 'ENOTDIR'],
  ['something below a file', join('file', 'below'), 'ENOTDIR'],
  ['a link to nowhere', 'dangling', 'EEXIST'],
])('refuses %s', (_what, name, code) => {
  writeFileSync(join(directory, 'file'), '');
  if (name === 'dangling') symlinkSync(join(directory, 'nowhere'), join(directory, name));
  expect(() => makePrivateDirectory(join(directory, name))).toThrow(expect.objectContaining({ code }));
});

it('ends on a file system that refuses directories', () => {
  expect(() => makePrivateDirectory('/proc/mesh/below')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
