// The published log over a real file: heads are signed over what is on disk, stored and then shown, and no
// later start contradicts them.

import {
  leafHash,
  parseEntry,
  parseEntryBundle,
  rootFromTiles,
  TILE_WIDTH,
  type Tile,
  tilesAfterGrowth,
} from '@mesh/audit';
import { encodeBase64 } from '@mesh/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newDirectory, removeDirectory } from '../support/journal.ts';
import { openPublication, type Publication } from '../support/log-publication.ts';

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => removeDirectory(directory));

const sizesOf = ({ db }: Publication) => db.prepare('SELECT size FROM log_heads ORDER BY size').pluck().all();
const APPEND_ONLY = ['log_entries', 'log_tiles', 'log_heads'].flatMap((table) => [
  `${table}_refuse_update`,
  `${table}_refuse_delete`,
]);
/** What somebody with the file can do. */
function tamper({ db }: Publication, sql: string): void {
  for (const trigger of APPEND_ONLY) db.exec(`DROP TRIGGER ${trigger}`);
  db.exec(sql);
}

describe('a head', () => {
  it('follows an epoch, and both keys have signed it', async () => {
    const log = await openPublication(directory);
    expect(log.published.checkpoint()).toBeUndefined();
    expect(log.published.head()).toEqual({ size: 0, rootHash: encodeBase64(rootFromTiles(0, never)) });
    await log.openEpoch();
    await log.clock.advance(0);
    const { checkpoint, signatures } = log.opened();
    expect(checkpoint).toMatchObject({ origin: 'mesh.example.com/testmesh', size: 1, extensions: [] });
    expect(signatures.map(({ key, timeSeconds }) => [key.kind, timeSeconds])).toEqual([
      ['ed25519', undefined],
      ['ml-dsa-44-cosignature', log.clock.nowMs() / 1_000],
    ]);
    expect(log.published.head()).toEqual(log.journal.head());
    expect(encodeBase64(checkpoint.root)).toBe(log.journal.head().rootHash);
    await log.close();
  });

  it('follows cuts, one a second at most, and nothing else', async () => {
    const log = await openPublication(directory);
    await log.enrol('node-a');
    await log.grow('node-a', 5);
    await log.clock.advance(5_000);
    expect(sizesOf(log)).toEqual([]);
    await log.quarantine('node-a');
    await log.clock.advance(0);
    expect(sizesOf(log)).toEqual([8]);
    await log.quarantine('node-a');
    await log.clock.advance(999);
    await log.quarantine('node-a');
    expect(sizesOf(log)).toEqual([8]);
    await log.clock.advance(1);
    expect(sizesOf(log)).toEqual([8, 10]);
    await log.close();
  });

  it('covers everything after a clean end, and nothing more after an end without commits', async () => {
    const log = await openPublication(directory);
    await log.enrol('node-a');
    await log.close();
    const again = await openPublication(directory);
    expect([sizesOf(again), again.opened().checkpoint.size]).toEqual([[2], 2]);
    await again.grow('node-a', 1);
    await again.kill();
    const failed = await openPublication(directory);
    await failed.close();
    const last = await openPublication(directory);
    expect([sizesOf(last), last.journal.head().size]).toEqual([[2], 3]);
    await last.close();
  });

  it('is not older than the one before, whatever the clock says', async () => {
    const log = await openPublication(directory);
    await log.openEpoch();
    await log.clock.advance(0);
    const [before] = log.opened().signatures.slice(-1);
    log.clock.jumpWall(-3_600_000);
    await log.openEpoch();
    await log.clock.advance(1_000);
    const { checkpoint, signatures } = log.opened();
    expect(checkpoint.size).toBe(2);
    expect(signatures.at(-1)?.timeSeconds).toBe(before?.timeSeconds);
    await log.close();
  });
});

describe('a crash', () => {
  it('between signing and storing publishes nothing', async () => {
    const full = () => {
      throw new Error('the disk is full');
    };
    const log = await openPublication(directory, { heads: { append: full } });
    await log.openEpoch();
    await log.clock.advance(0);
    expect(log.published.checkpoint()).toBeUndefined();
    expect(log.lines.join()).toContain('could not be stored and is not published');
    await log.kill();
  });

  it('after storing is followed by a start that shows the same bytes', async () => {
    const log = await openPublication(directory);
    await log.openEpoch();
    await log.clock.advance(0);
    const shown = log.published.checkpoint();
    await log.enrol('node-a');
    await log.kill();
    const again = await openPublication(directory);
    expect(again.published.checkpoint()).toBe(shown);
    expect(again.published.tile({ level: 0, index: 0, width: 1 })).toHaveLength(32);
    expect(again.published.tile({ level: 0, index: 0, width: 2 })).toBeUndefined();
    await again.openEpoch();
    await again.clock.advance(0);
    expect(again.opened().checkpoint.size).toBe(4);
    await again.close();
  });
});

describe('a log that was changed behind its last head', () => {
  const LOSSES = [
    ['lost entries', 'DELETE FROM log_entries WHERE log_index >= 2', 'ends at 2 entries'],
    [
      'has another entry',
      "UPDATE log_entries SET entry = x'7b7d' WHERE log_index = 1",
      'is another than the one whose first 3 entries its last signed head covers',
    ],
  ] as const;

  async function withHead(): Promise<Publication> {
    const log = await openPublication(directory);
    await log.enrol('node-a');
    await log.openEpoch();
    await log.clock.advance(0);
    return log;
  }

  it.each(LOSSES)('because it %s stops the start', async (_what, sql, message) => {
    const log = await withHead();
    tamper(log, sql);
    await log.kill();
    await expect(openPublication(directory)).rejects.toThrow(message);
  });

  it.each(LOSSES)('because it %s goes unseen where heads are not stored', async (_what, sql) => {
    const log = await withHead();
    tamper(log, `${sql}; DELETE FROM log_heads`);
    await log.kill();
    const again = await openPublication(directory);
    await again.kill();
  });

  it('is refused by the tables, which only grow', async () => {
    const log = await withHead();
    for (const sql of [
      'UPDATE log_heads SET size = 9',
      'DELETE FROM log_heads',
      "INSERT INTO log_heads VALUES (2, x'00', 0)",
      "INSERT OR REPLACE INTO log_heads VALUES (3, x'00', 0)",
      "INSERT INTO log_tiles VALUES (0, 1, x'00')",
    ])
      expect(() => log.db.exec(sql)).toThrow('append-only');
    await log.close();
  });
});

describe('the tiles of a published head', () => {
  it('give its root, its entries and no more, whatever was committed since', async () => {
    const log = await openPublication(directory);
    await log.enrol('node-a');
    await log.grow('node-a', 300);
    await log.openEpoch();
    await log.clock.advance(0);
    const { checkpoint } = log.opened();
    await log.grow('node-a', 300);
    const tile = (wanted: Tile) => log.published.tile(wanted);
    const read = (wanted: Tile) => tile(wanted) ?? new Uint8Array();
    expect(checkpoint.size).toBe(303);
    expect(rootFromTiles(303, read)).toEqual(checkpoint.root);
    const leaves = [0, 1].flatMap((index) => {
      const width = index === 0 ? TILE_WIDTH : 303 - TILE_WIDTH;
      return parseEntryBundle(read({ level: 'entries', index, width }), width);
    });
    expect(leaves.map((entry) => parseEntry(entry).index)).toEqual(leaves.map((_, at) => at));
    expect(Buffer.concat(leaves.map((entry) => leafHash(entry)))).toEqual(
      Buffer.concat([
        read({ level: 0, index: 0, width: TILE_WIDTH }),
        read({ level: 0, index: 1, width: 47 }),
      ]),
    );
    // Every width that an earlier head may have had, and not one more.
    expect(tile({ level: 0, index: 0, width: 7 })).toEqual(
      tile({ level: 0, index: 0, width: TILE_WIDTH })?.subarray(0, 224),
    );
    expect(tile({ level: 0, index: 1, width: 46 })).toHaveLength(46 * 32);
    for (const level of [0, 'entries'] as const)
      for (const [index, width] of [
        [1, 48],
        [1, TILE_WIDTH],
        [2, 1],
      ] as const)
        expect(tile({ level, index, width })).toBeUndefined();
    expect(tile({ level: 1, index: 0, width: 1 })).toHaveLength(32);
    expect(tile({ level: 1, index: 0, width: 2 })).toBeUndefined();
    expect(tile({ level: 63, index: 0, width: 1 })).toBeUndefined();
    await log.close();
  });

  it('are not given with an entry that was edited or is missing, in a full tile and behind it', async () => {
    const log = await openPublication(directory);
    await log.enrol('node-a');
    await log.grow('node-a', 300);
    await log.close();
    const again = await openPublication(directory);
    const entries = (index: number, width: number) =>
      again.published.tile({ level: 'entries', index, width });
    expect(entries(0, TILE_WIDTH)).toBeDefined();
    expect(entries(1, 46)).toBeDefined();
    const edit = (index: number) =>
      `UPDATE log_entries SET entry = CAST(replace(CAST(entry AS TEXT), 'bad_', 'god_') AS BLOB)
       WHERE log_index = ${index};`;
    tamper(again, `${edit(100)} ${edit(290)} DELETE FROM log_entries WHERE log_index = 301`);
    expect(() => entries(0, TILE_WIDTH)).toThrow(/has another entry 100 than .* restore a backup/);
    expect(() => entries(1, 46)).toThrow(/has another entry 290 than/);
    expect(entries(0, 100)).toBeDefined();
    expect(entries(1, 34)).toBeDefined();
    await again.kill();
  });

  it('are made at the start from entries of earlier versions, and stored with the next commit', async () => {
    const log = await openPublication(directory);
    await log.enrol('node-a');
    await log.grow('node-a', 600);
    const stored = () => log.db.prepare('SELECT * FROM log_tiles ORDER BY level, tile_index').all();
    const before = stored();
    expect(before).toHaveLength(tilesAfterGrowth(0, 602).filter(({ width }) => width === TILE_WIDTH).length);
    tamper(log, 'DELETE FROM log_tiles');
    await log.kill();
    const again = await openPublication(directory);
    await again.openEpoch();
    await again.clock.advance(0);
    expect(again.db.prepare('SELECT * FROM log_tiles ORDER BY level, tile_index').all()).toEqual(before);
    const read = (wanted: Tile) => again.published.tile(wanted) ?? new Uint8Array();
    expect(rootFromTiles(603, read)).toEqual(again.opened().checkpoint.root);
    await again.close();
  });
});

function never(): never {
  throw new Error('the empty tree has no tiles');
}
