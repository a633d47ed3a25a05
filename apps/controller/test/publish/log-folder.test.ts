// The folder with the published log: whoever has only its files reads the whole log, whatever interrupted the
// writing, and a log that is behind the folder is not continued.

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  leafHash,
  openCheckpoint,
  parseEntryBundle,
  parseVerifierKey,
  renderTilePath,
  rootFromTiles,
  TILE_WIDTH,
  type Tile,
} from '@mesh/audit';
import { createLogger, writeFileAtomic } from '@mesh/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFolder, type LogFolderOptions } from '../../src/publish/log-folder.ts';
import { readFolderCheckpoint } from '../../src/publish/read-folder-checkpoint.ts';
import { openLogStore } from '../../src/store/log-heads.ts';
import { newDirectory, removeDirectory } from '../support/journal.ts';
import { ORIGIN, openPublication, type Publication } from '../support/log-publication.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = newDirectory();
  path = join(directory, 'www', 'log');
});
afterEach(() => removeDirectory(directory));

const lines: string[] = [];
function folderOf({ published, keys }: Publication, options: Partial<LogFolderOptions> = {}): LogFolder {
  const size = readFolderCheckpoint(path, keys)?.size ?? 0;
  const logger = createLogger({ destination: { write: (line) => void lines.push(line) } });
  return new LogFolder({ path, published, size, logger, ...options });
}

async function withHead(entries: number): Promise<Publication> {
  const log = await openPublication(directory);
  await log.enrol('node-a');
  await log.grow('node-a', entries - 3);
  await log.openEpoch();
  await log.clock.advance(1_000);
  return log;
}

async function nextHead(log: Publication, entries: number): Promise<void> {
  await log.grow('node-a', entries - 1);
  await log.openEpoch();
  await log.clock.advance(1_000);
}

const fileOf = (tile: Tile) => join(path, renderTilePath(tile));

/** The size of the log in the folder, after all of it has been verified with the keys alone. */
function verified({ keys }: Publication): number {
  const trust = { origin: ORIGIN, logKeys: keys.verifierKeys.map(parseVerifierKey) };
  const { checkpoint } = openCheckpoint(readFileSync(join(path, 'checkpoint'), 'utf8'), trust);
  const read = (tile: Tile) => new Uint8Array(readFileSync(fileOf(tile)));
  expect(rootFromTiles(checkpoint.size, read)).toEqual(checkpoint.root);
  for (let index = 0; index * TILE_WIDTH < checkpoint.size; index += 1) {
    const width = Math.min(TILE_WIDTH, checkpoint.size - index * TILE_WIDTH);
    const entries = parseEntryBundle(read({ level: 'entries', index, width }), width);
    expect(Buffer.concat(entries.map((entry) => leafHash(entry)))).toEqual(
      Buffer.from(read({ level: 0, index, width })),
    );
  }
  return checkpoint.size;
}

describe('the folder', () => {
  it('holds the whole log up to the newest head, for anybody to read', async () => {
    const log = await withHead(300);
    const folder = folderOf(log);
    folder.touch();
    await folder.close();
    expect(verified(log)).toBe(300);
    expect(statSync(join(path, 'checkpoint')).mode & 0o777).toBe(0o644);
    expect(statSync(join(path, 'tile')).mode & 0o005).toBe(0o005);
    const full = fileOf({ level: 0, index: 0, width: TILE_WIDTH });
    const file = statSync(full).ino;
    await nextHead(log, 250);
    await folder.close();
    expect(verified(log)).toBe(550);
    expect(statSync(full).ino).toBe(file);
    // The partial tile of the head before is of no use any more.
    expect(existsSync(fileOf({ level: 0, index: 1, width: 44 }))).toBe(false);
    expect(existsSync(fileOf({ level: 'entries', index: 1, width: 44 }))).toBe(false);
    expect(existsSync(fileOf({ level: 1, index: 0, width: 1 }))).toBe(true);
    // What verifies is not blind.
    rmSync(fileOf({ level: 'entries', index: 0, width: TILE_WIDTH }));
    expect(() => verified(log)).toThrow('ENOENT');
    await log.close();
  });

  it('gets the signatures that are added to a head later', async () => {
    const log = await withHead(20);
    const folder = folderOf(log);
    await folder.close();
    const added = `${log.published.checkpoint()}— witness.example/w1 ${'A'.repeat(96)}\n`;
    log.published.show(log.journal.edge(), added);
    await folder.close();
    expect(readFileSync(join(path, 'checkpoint'), 'utf8')).toBe(added);
    expect(verified(log)).toBe(20);
    await log.close();
  });

  it('that is interrupted at any file is whole at its checkpoint, and is resumed', async () => {
    const log = await withHead(200);
    const first = folderOf(log);
    await first.close();
    await nextHead(log, 100);
    let interruptions = 0;
    for (let after = 0; verified(log) === 200; after += 1) {
      let left = after;
      const write: typeof writeFileAtomic = (...file) => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('killed')) : writeFileAtomic(...file);
      };
      await folderOf(log, { write }).close();
      interruptions += 1;
    }
    // Three tiles of hashes, two of entries, the checkpoint, and a run that nothing interrupted.
    expect([verified(log), interruptions]).toEqual([300, 7]);
    await log.close();
  });

  it('that holds another tile is not brought up to date', async () => {
    const log = await withHead(200);
    await folderOf(log).close();
    await nextHead(log, 100);
    writeFileSync(fileOf({ level: 0, index: 0, width: TILE_WIDTH }), 'of somebody else');
    lines.length = 0;
    await folderOf(log).close();
    expect(lines.join()).toContain('is not a tile of this log');
    expect(verified(log)).toBe(200);
    await log.close();
  });
});

describe('a start', () => {
  it('finds that the database is older than what the folder has shown', async () => {
    const log = await withHead(10);
    await log.close();
    const database = join(directory, 'controller.db');
    const backup = readFileSync(database);
    const later = await openPublication(directory);
    await nextHead(later, 5);
    await folderOf(later).close();
    await later.close();
    for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
    writeFileSync(database, backup);
    const restored = await openPublication(directory);
    const seen = readFolderCheckpoint(path, restored.keys);
    if (seen === undefined) throw new Error('the folder has a checkpoint');
    const { check } = openLogStore(restored.db, restored.journal.head().size);
    expect(() => check(seen, 'the checkpoint in the folder')).toThrow(
      'ends at 10 entries, and the checkpoint in the folder covers 15',
    );
    // Grown past it, it is another log.
    await restored.grow('node-a', 5);
    const grown = openLogStore(restored.db, restored.journal.head().size);
    expect(() => grown.check(seen, 'the checkpoint in the folder')).toThrow('is another than the one');
    await restored.kill();
  });

  it('refuses the folder of another log', async () => {
    const log = await withHead(10);
    await folderOf(log).close();
    const file = join(path, 'checkpoint');
    const other = { everyKey: log.keys.everyKey, origin: 'example.com/other' };
    expect(() => readFolderCheckpoint(path, other)).toThrow('set log.folder to an empty folder');
    writeFileSync(file, readFileSync(file, 'utf8').replace('\n10\n', '\n11\n'));
    expect(() => readFolderCheckpoint(path, log.keys)).toThrow('set log.folder to an empty folder');
    writeFileSync(file, 'no checkpoint');
    expect(() => readFolderCheckpoint(path, log.keys)).toThrow('set log.folder to an empty folder');
    expect(readFolderCheckpoint(join(path, 'empty'), log.keys)).toBeUndefined();
    await log.close();
  });
});
