// The file of what nodes were told outlives its process, in every state that a kill or a bad disk leaves.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEpochId, parseNodeId } from '@mesh/primitives';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ToldFile, type ToldLine } from '../../src/store/told-file.ts';

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-told-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (where = folder) =>
  new ToldFile(where, { warn: (_fields: unknown, text?: string) => void warnings.push(text ?? '') });
const line = (version: string, ...names: string[]): ToldLine => ({
  epochId: parseEpochId(7),
  nodes: names.map(parseNodeId),
  kind: 'config',
  sha256: 'ab'.repeat(32),
  version,
  sentAtMs: 1_700_000_000_000,
  allowed: false,
  reasonCode: 'below_threshold',
});
const files = () => readdirSync(folder).sort();
const only = (): string => {
  const [name, ...others] = files();
  if (name === undefined || others.length > 0) throw new Error('one file was to be there');
  return join(folder, name);
};

it('what was appended is there for the next process, the oldest first, in a file that is private', () => {
  const file = open();
  file.append([line('v1', 'node-a', 'node-b')]);
  file.append([line('v2', 'node-a')]);
  expect(statSync(only()).mode & 0o777).toBe(0o600);
  expect(open().left).toEqual({
    lines: [line('v1', 'node-a', 'node-b'), line('v2', 'node-a')],
    unreadable: 0,
  });
});

it('without anything to say there is no file', () => {
  const file = open();
  file.startNext();
  expect(files()).toEqual([]);
  expect(open().left).toEqual({ lines: [], unreadable: 0 });
});

it('what is taken is there until the next taking, and what comes meanwhile outlives that', () => {
  const file = open();
  file.append([line('v1', 'node-a')]);
  file.startNext();
  file.append([line('v2', 'node-a')]);
  expect(open().left.lines).toEqual([line('v1', 'node-a'), line('v2', 'node-a')]);
  file.startNext();
  expect(open().left.lines).toEqual([line('v2', 'node-a')]);
  file.startNext();
  expect(files()).toEqual([]);
});

it('what a process before has left goes when this one has recorded it, and not earlier', () => {
  open().append([line('v1', 'node-a')]);
  const next = open();
  next.append([line('v2', 'node-a')]);
  next.startNext();
  expect(open().left.lines).toHaveLength(2);
  next.startNext();
  expect(files()).toEqual([]);
});

it('a line that the end of the process has cut off was told to nobody', () => {
  open().append([line('v1', 'node-a')]);
  appendFileSync(only(), JSON.stringify(line('v2', 'node-a')).slice(0, 40));
  expect(open().left).toEqual({ lines: [line('v1', 'node-a')], unreadable: 0 });
});

it.each([
  ['is no JSON', '{"epochId":'],
  ['has zeros of a power failure', '\0\0\0\0'],
  ['names no node', JSON.stringify({ ...line('v1'), nodes: ['not a node'] })],
  ['names no epoch', JSON.stringify({ ...line('v1', 'node-a'), epochId: 0 })],
  ['has no digest', JSON.stringify({ ...line('v1', 'node-a'), sha256: 'AB'.repeat(32) })],
  ['has a field too many', JSON.stringify({ ...line('v1', 'node-a'), other: 1 })],
])('a whole line that %s is counted, and the others are read', (_what, bad) => {
  open().append([line('v1', 'node-a')]);
  appendFileSync(only(), `${bad}\n${JSON.stringify(line('v2', 'node-a'))}\n`);
  expect(open().left).toEqual({ lines: [line('v1', 'node-a'), line('v2', 'node-a')], unreadable: 1 });
});

it('a disk that takes nothing is named once and holds up nobody, and what comes after it is kept', () => {
  const file = open();
  rmSync(folder, { recursive: true });
  file.append([line('v1', 'node-a')]);
  file.append([line('v2', 'node-a')]);
  expect(warnings).toEqual([expect.stringContaining('cannot be written to disk')]);
  mkdirSync(folder);
  file.append([line('v3', 'node-a')]);
  expect(open().left).toEqual({ lines: [line('v3', 'node-a')], unreadable: 0 });
  rmSync(folder, { recursive: true });
  file.startNext();
  file.append([line('v4', 'node-a')]);
  expect(warnings).toHaveLength(2);
});

it('a full disk leaves a piece of a line, which is counted, and the next line is whole', () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k,mode=0700', 'tmpfs', folder]);
  try {
    const file = open();
    file.append([line('v1', 'node-a')]);
    const ballast = join(folder, 'ballast');
    expect(() => writeFileSync(ballast, Buffer.alloc(65_536))).toThrow('ENOSPC');
    file.append(Array.from({ length: 100 }, () => line('v2', 'node-a')));
    expect(warnings).toHaveLength(1);
    rmSync(ballast);
    file.append([line('v3', 'node-a')]);
    const { lines, unreadable } = open().left;
    expect(unreadable).toBe(1);
    expect(lines.at(-1)).toEqual(line('v3', 'node-a'));
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
});
