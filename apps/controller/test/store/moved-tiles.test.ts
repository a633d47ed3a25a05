// Old tiles move to the folder of the published log with their entries. Everything that reads the log reads
// it as before; whatever interrupts a move, every entry is in one of the two places; and what was changed in
// the folder is served to nobody.

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderTilePath, TILE_WIDTH, type Tile } from '@mesh/audit';
import { createLogger } from '@mesh/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFolder } from '../../src/publish/log-folder.ts';
import { checkTree } from '../../src/store/check-tree.ts';
import { openLogStore } from '../../src/store/log-heads.ts';
import { TileMover } from '../../src/store/move-tiles.ts';
import { movedTilesOf, nameLogFolder } from '../../src/store/moved-tiles.ts';
import { LogReader } from '../../src/store/read-log.ts';
import { storageSizeOf } from '../../src/store/storage-size.ts';
import { newDirectory, removeDirectory } from '../support/journal.ts';
import { openPublication, type Publication } from '../support/log-publication.ts';

const ENTRIES = 2 * TILE_WIDTH + 40;
const TILES: readonly Tile[] = [0, 1].flatMap((index) => [
  { level: 0, index, width: TILE_WIDTH },
  { level: 'entries', index, width: TILE_WIDTH },
]);

let directory: string;
let folder: string;
let log: Publication;
beforeEach(async () => {
  directory = newDirectory();
  folder = join(directory, 'www');
  log = await openPublication(directory);
  await log.enrol('node-a');
  await log.grow('node-a', ENTRIES);
  await log.openEpoch();
  await log.clock.advance(1_000);
  await publish();
});
afterEach(async () => {
  await log.close();
  removeDirectory(directory);
});

async function publish(): Promise<void> {
  const logger = createLogger({ destination: { write: () => undefined } });
  await new LogFolder({ path: folder, published: log.published, size: 0, logger }).close();
}
function moveAll(): number {
  nameLogFolder(log.db, folder);
  const mover = new TileMover(log.db);
  let moved = 0;
  while (mover.moveNext(folder, log.published.head().size)) moved += 1;
  return moved;
}
const everything = () => ({
  tiles: TILES.map((tile) => Buffer.from(log.published.tile(tile) ?? []).toString('base64')),
  rows: new LogReader(log.db, log.sealer).read({ from: 0, limit: 1_000 }),
  tree: checkTree(log.db),
});
const fileOf = (at: number) => join(folder, renderTilePath(TILES[at] as Tile));
const inDatabase = () =>
  log.db
    .prepare(
      `SELECT (SELECT count(*) FROM log_entries WHERE length(entry) > 0) AS entries,
         (SELECT count(*) FROM log_tiles WHERE level = 0) AS tiles`,
    )
    .get();

describe('a tile that has moved', () => {
  it('is read as before, and so is everything that rests on it', () => {
    const before = everything();
    expect(before.tree.faults).toEqual([]);
    expect(moveAll()).toBe(2);
    expect(inDatabase()).toEqual({ entries: before.tree.size - 2 * TILE_WIDTH, tiles: 0 });
    expect(everything()).toEqual(before);
  });

  it('is continued by the next entries, heads and tiles, also after a restart', async () => {
    moveAll();
    const { rootHash } = log.journal.head();
    await log.close();
    log = await openPublication(directory);
    nameLogFolder(log.db, folder);
    expect(log.journal.head().rootHash).toBe(rootHash);
    await log.grow('node-a', TILE_WIDTH);
    await log.openEpoch();
    await log.clock.advance(1_000);
    expect(checkTree(log.db)).toMatchObject({ faults: [], size: log.published.head().size });
    await publish();
    expect(moveAll()).toBe(1);
    expect(checkTree(log.db).faults).toEqual([]);
  });

  it('counts in the size of the storage, with the bytes of its files', () => {
    expect(storageSizeOf(log.db).moved).toBeUndefined();
    moveAll();
    const bytes = TILES.reduce((sum, _, at) => sum + statSync(fileOf(at)).size, 0);
    expect(storageSizeOf(log.db).moved).toEqual({ tiles: 2, bytes, folder });
    expect(storageSizeOf(log.db).moved).toEqual({ tiles: 2, bytes, folder });
  });

  it('is known without its files after a restart, also where an earlier version had moved the tiles', async () => {
    moveAll();
    const { moved } = storageSizeOf(log.db);
    const reopen = async (sql = '') => {
      log.db.exec(sql);
      await log.close();
      log = await openPublication(directory);
      nameLogFolder(log.db, folder);
    };
    await reopen();
    for (const at of [1, 3]) renameSync(fileOf(at), `${fileOf(at)}.away`);
    expect(storageSizeOf(log.db).moved).toEqual(moved);
    for (const at of [1, 3]) renameSync(`${fileOf(at)}.away`, fileOf(at));
    await reopen("DELETE FROM meta WHERE key = 'moved_bundles'");
    expect(storageSizeOf(log.db).moved).toEqual(moved);
    // What was measured once is kept with the next tile that moves.
    await log.grow('node-a', TILE_WIDTH);
    await log.openEpoch();
    await log.clock.advance(1_000);
    await publish();
    expect(moveAll()).toBe(1);
    const { moved: all } = storageSizeOf(log.db);
    expect(all?.tiles).toBe(3);
    await reopen();
    renameSync(fileOf(1), `${fileOf(1)}.away`);
    expect(storageSizeOf(log.db).moved).toEqual(all);
    renameSync(`${fileOf(1)}.away`, fileOf(1));
  });

  it('takes nothing with it that is not covered, or that is too young', () => {
    nameLogFolder(log.db, folder);
    const mover = new TileMover(log.db);
    expect(mover.moveNext(folder, TILE_WIDTH - 1)).toBe(false);
    expect(mover.moveNext(folder, TILE_WIDTH)).toBe(true);
    expect(mover.moveNext(folder, 2 * TILE_WIDTH - 1)).toBe(false);
  });

  it('lets no other row of the log be changed or taken away', () => {
    nameLogFolder(log.db, folder);
    new TileMover(log.db).moveNext(folder, TILE_WIDTH);
    for (const sql of [
      `UPDATE log_entries SET entry = x'' WHERE log_index = ${TILE_WIDTH}`,
      "UPDATE log_entries SET entry = x'7b7d' WHERE log_index = 0",
      "UPDATE log_entries SET node_id = 'node-b', entry = x'' WHERE log_index = 0",
      'UPDATE log_entries SET log_index = -1 WHERE log_index = 0',
      'DELETE FROM log_tiles WHERE tile_index = 1',
      'DELETE FROM moved_tiles',
      "UPDATE moved_tiles SET root = x'00'",
      "INSERT INTO moved_tiles VALUES (7, x'00')",
      "INSERT INTO log_tiles VALUES (0, 0, x'00')",
    ])
      expect(() => log.db.exec(sql), sql).toThrow('append-only');
  });
});

describe('a move', () => {
  it.each([
    ['lacks the tile', 0, undefined],
    ['has another tile', 0, Buffer.alloc(TILE_WIDTH * 32)],
    ['lacks the entries', 1, undefined],
    ['has other entries', 1, Buffer.from('other')],
  ])('does nothing where the folder %s', (_, at, bytes) => {
    const before = inDatabase();
    if (bytes === undefined) rmSync(fileOf(at));
    else writeFileSync(fileOf(at), bytes);
    expect(() => moveAll()).toThrow(`${fileOf(at)} `);
    expect(inDatabase()).toEqual(before);
    expect(checkTree(log.db).faults).toEqual([]);
  });

  it('that is interrupted leaves everything in the database, and is done again', () => {
    const before = everything();
    log.db.exec(
      "CREATE TRIGGER fails BEFORE UPDATE ON log_entries WHEN OLD.log_index = 100 BEGIN SELECT RAISE(ABORT, 'killed'); END",
    );
    expect(() => moveAll()).toThrow('killed');
    expect(movedTilesOf(log.db).count).toBe(0);
    expect(everything()).toEqual(before);
    log.db.exec('DROP TRIGGER fails');
    expect(moveAll()).toBe(2);
    expect(everything()).toEqual(before);
  });
});

describe('what was changed in the folder', () => {
  it.each([
    ['a byte of a tile', 0],
    ['a byte of an entry', 1],
  ])('(%s) is named, and is not served', (_, at) => {
    moveAll();
    const bytes = readFileSync(fileOf(at));
    bytes[300] = (bytes[300] ?? 0) ^ 1;
    writeFileSync(fileOf(at), bytes);
    expect(() => log.published.tile(TILES[at] as Tile)).toThrow(`${fileOf(at)} `);
    expect(() => checkTree(log.db)).toThrow('put it back from a copy of the folder');
    expect(log.published.tile(TILES[at + 2] as Tile)).toBeDefined();
  });

  it('is found at the next start, and so is a folder that nobody names', () => {
    moveAll();
    const moved = movedTilesOf(log.db);
    moved.check();
    moved.folder = undefined;
    expect(() => moved.check()).toThrow('old entries of the log have moved');
    moved.folder = folder;
    rmSync(fileOf(3));
    expect(() => moved.check()).toThrow('cannot be read (ENOENT)');
    expect(() => openLogStore(log.db, log.journal.head().size)).not.toThrow();
  });
});
