// The disk on which recorded writes are replayed loses what was not synced, and nothing else.

import { describe, expect, it } from 'vitest';
import { Disk, type Surviving } from '../support/crash/disk.ts';
import { type DiskEvent, readDiskEvents } from '../support/crash/disk-events.ts';
import { seededRandom } from '../support/crash/seeded-random.ts';

const NOTHING: Surviving = { kind: 'nothing' };
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const write = (path: string, text: string, offset = 0): DiskEvent => ({
  kind: 'write',
  path,
  offset,
  bytes: bytes(text),
});

/** What is there after these events, as texts. */
function left(events: readonly DiskEvent[], surviving = NOTHING): Record<string, string | undefined> {
  const disk = new Disk();
  for (const event of events) disk.apply(event);
  const image = [...disk.image(surviving)].filter(([path]) => path !== '');
  return Object.fromEntries(image.map(([path, file]) => [path, file && Buffer.from(file).toString()]));
}

const SYNCED_FILE: readonly DiskEvent[] = [
  { kind: 'create', path: 'a' },
  write('a', 'old'),
  { kind: 'sync', path: 'a' },
  { kind: 'sync', path: '' },
];

describe('after the power fails', () => {
  it.each<[string, readonly DiskEvent[], Record<string, string | undefined>]>([
    ['a file and its name that were synced are there', SYNCED_FILE, { a: 'old' }],
    ['a file without a synced name is not', SYNCED_FILE.slice(0, 3), {}],
    [
      'a name without synced bytes is empty',
      [
        { kind: 'create', path: 'a' },
        { kind: 'sync', path: '' },
      ],
      { a: '' },
    ],
    ['what was written since is not', [...SYNCED_FILE, write('a', 'new')], { a: 'old' }],
    ['nor is a cut', [...SYNCED_FILE, { kind: 'truncate', path: 'a', size: 0 }], { a: 'old' }],
    ['nor a removal', [...SYNCED_FILE, { kind: 'unlink', path: 'a' }], { a: 'old' }],
    ['nor another name', [...SYNCED_FILE, { kind: 'rename', path: 'a', to: 'b' }], { a: 'old' }],
    [
      'another name that was synced has the bytes of before',
      [...SYNCED_FILE, { kind: 'rename', path: 'a', to: 'b' }, { kind: 'sync', path: '' }],
      { b: 'old' },
    ],
    [
      'a file in a folder whose name was not synced is not there',
      [
        { kind: 'mkdir', path: 'd' },
        { kind: 'create', path: 'd/a' },
        { kind: 'sync', path: 'd/a' },
        { kind: 'sync', path: 'd' },
      ],
      {},
    ],
  ])('%s', (_what, events, expected) => {
    expect(left(events)).toEqual(expected);
  });

  it('any part of what was not synced may be there, by whole sectors, and nothing else', () => {
    const events = [...SYNCED_FILE, write('a', 'x'.repeat(2_000)), write('a', 'y'.repeat(600), 2_000)];
    const random = seededRandom(1);
    const seen = new Set<string>();
    for (let draw = 0; draw < 200; draw++) {
      const text = left(events, { kind: 'some', random }).a ?? '';
      seen.add(text);
      for (let at = 512; at < text.length; at += 512)
        expect(text.slice(at, at + 512)).toMatch(/^(?:x*y*|\0*x*y*|x*\0*y*|\0*)$/);
    }
    expect(seen.has('old')).toBe(true);
    expect(seen.has(`${'x'.repeat(2_000)}${'y'.repeat(600)}`)).toBe(true);
    expect(seen.size).toBeGreaterThan(50);
    expect(left(events, { kind: 'everything' }).a).toBe(`${'x'.repeat(2_000)}${'y'.repeat(600)}`);
  });
});

describe('what strace wrote', () => {
  const hex = (text: string) => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16)}`).join('');
  const held = (fd: number, path: string) => `${fd}<${hex(path)}>`;
  const openA = `7 openat(AT_FDCWD<${hex('/')}>, "${hex('/run/a')}", O_RDWR|O_CREAT, 0600) = ${held(3, '/run/a')}`;

  it('is read below the folder only, also where a call was interrupted by another thread', () => {
    const log = [
      openA,
      `7 write(${held(3, '/run/a')}, "${hex('one')}", 3) = 3`,
      `7 write(${held(3, '/run/a')}, "${hex('two')}", 3 <unfinished ...>`,
      `8 fsync(${held(4, '/elsewhere')}) = 0`,
      '7 <... write resumed>) = 3',
      `7 fsync(${held(3, '/run/a')}) = 0`,
      `7 pwrite64(${held(3, '/run/a')}, "${hex('three')}", 5, 4096) = -1 ENOSPC (No space left on device)`,
      `8 fsync(${held(4, '/run')}) = 0`,
    ].join('\n');
    expect(readDiskEvents(log, '/run')).toEqual([
      { kind: 'create', path: 'a' },
      write('a', 'one'),
      write('a', 'two', 3),
      { kind: 'sync', path: 'a' },
      { kind: 'sync', path: '' },
    ]);
  });

  it('is refused if it cannot be replayed', () => {
    const log = `${openA}\n7 fallocate(${held(3, '/run/a')}, 0, 0, 100) = 0`;
    expect(() => readDiskEvents(log, '/run')).toThrow('fallocate below the folder');
    expect(() => left([write('b', 'x')])).toThrow('b does not exist: something was not recorded');
  });
});
