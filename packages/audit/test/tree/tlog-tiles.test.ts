import { encodeBase64 } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CompactRange,
  parseTilePath,
  proveConsistency,
  proveInclusion,
  type ReadTile,
  renderTilePath,
  rootFromTiles,
  subtreesFromTiles,
  TileEdge,
  tilesAfterGrowth,
  verifyConsistency,
  verifyInclusion,
} from '../../src/index.ts';
import { leafOf } from '../support/log.ts';

const failsWith = (code: string) => expect.objectContaining({ code });
const leaves = Array.from({ length: 70_000 }, (_, index) => leafOf(index));
const leaf = (index: number) => leaves[index] as Uint8Array;

/** A log that writes its tiles under their paths, as a web server would serve them. */
class TiledLog {
  readonly files = new Map<string, Uint8Array>();
  edge = new TileEdge();

  growTo(size: number): void {
    for (let index = this.edge.size; index < size; index++)
      for (const tile of this.edge.append(leaf(index))) this.files.set(renderTilePath(tile), tile.bytes);
    for (const tile of this.edge.partialTiles()) this.files.set(renderTilePath(tile), tile.bytes);
  }

  readonly read: ReadTile = (tile) => {
    const path = renderTilePath(tile);
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new Error(`there is no ${path}`);
    return bytes;
  };
}

describe('the tiles of a log of 70,000 entries', () => {
  const log = new TiledLog();
  log.growTo(70_000);

  it('are those that the specification counts', () => {
    const count = (pattern: RegExp) => [...log.files.keys()].filter((path) => pattern.test(path)).length;
    expect(count(/^tile\/0\/[x\d/]+$/)).toBe(273);
    expect(count(/^tile\/1\/[x\d/]+$/)).toBe(1);
    expect([...log.files.keys()].filter((path) => path.includes('.p/'))).toEqual([
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
    expect(tilesAfterGrowth(0, 70_000).map(renderTilePath).toSorted()).toEqual(
      [...log.files.keys()].toSorted(),
    );
  });

  it('give the root of the log', () => {
    const range = new CompactRange();
    for (const hash of leaves) range.append(hash);
    expect(encodeBase64(rootFromTiles(70_000, log.read))).toBe(encodeBase64(range.root()));
    expect(encodeBase64(log.edge.root())).toBe(encodeBase64(range.root()));
  });

  it('give proofs that verify', () => {
    const size = 70_000;
    const root = rootFromTiles(size, log.read);
    const read = subtreesFromTiles(size, log.read);
    for (const index of [0, 1, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999]) {
      const path = proveInclusion(index, size, read);
      expect(verifyInclusion({ leaf: leaf(index), index, size, path, root })).toBe(true);
    }
  });
});

describe('a growing log', () => {
  it('has the root of its leaves at every size, and at each what it had before', () => {
    const log = new TiledLog();
    const range = new CompactRange();
    const heads: { size: number; root: Uint8Array }[] = [];
    for (const size of [0, 1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 1_000, 4_096]) {
      for (let index = range.size; index < size; index++) range.append(leaf(index));
      log.growTo(size);
      const root = rootFromTiles(size, log.read);
      expect(encodeBase64(root)).toBe(encodeBase64(range.root()));
      for (const old of heads) {
        const proof = proveConsistency(old.size, size, subtreesFromTiles(size, log.read));
        expect(
          verifyConsistency({ oldSize: old.size, oldRoot: old.root, newSize: size, newRoot: root, proof }),
        ).toBe(true);
      }
      heads.push({ size, root });
    }
  });

  it('writes, between any two sizes, exactly the tiles that it did not have', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_200 }), fc.nat({ max: 1_200 }), (a, b) => {
        const [old, now] = a < b ? [a, b] : [b, a];
        const log = new TiledLog();
        log.growTo(old);
        const before = new Set(log.files.keys());
        log.growTo(now);
        const added = [...log.files.keys()].filter((path) => !before.has(path));
        expect(tilesAfterGrowth(old, now).map(renderTilePath).toSorted()).toEqual(added.toSorted());
      }),
      { numRuns: 60 },
    );
  });

  it('goes on from its tiles as if it had never stopped', () => {
    for (const size of [0, 1, 255, 256, 257, 65_536, 66_000]) {
      const log = new TiledLog();
      log.growTo(size);
      const resumed = TileEdge.fromTiles(size, log.read);
      expect(resumed.size).toBe(size);
      for (let index = size; index < size + 300; index++) {
        const filled = log.edge.append(leaf(index));
        expect(resumed.append(leaf(index))).toEqual(filled);
      }
      expect(resumed.partialTiles()).toEqual(log.edge.partialTiles());
      expect(resumed.root()).toEqual(log.edge.root());
    }
  });

  it('takes entries back by keeping the edge from before', () => {
    const edge = new TileEdge();
    for (let index = 0; index < 300; index++) edge.append(leaf(index));
    const root = edge.root();
    const copy = edge.clone();
    for (let index = 300; index < 600; index++) copy.append(leaf(index));
    expect([edge.size, edge.root()]).toEqual([300, root]);
    expect(copy.size).toBe(600);
    expect(copy.root()).not.toEqual(root);
  });

  it('copies what it is given and keeps what it gives', () => {
    const edge = new TileEdge();
    const given = leaf(0).slice();
    edge.append(given);
    given.fill(0);
    edge.root().fill(0);
    edge.partialTiles()[0]?.bytes.fill(0);
    expect(edge.root()).toEqual(leaf(0));
  });

  it.each([0, 31, 33])('refuses a leaf of %i bytes', (length) => {
    expect(() => new TileEdge().append(new Uint8Array(length))).toThrow(failsWith('wrong_length'));
  });
});

describe('reading from tiles', () => {
  const log = new TiledLog();
  log.growTo(300);

  it.each([0, 1, 32, 44 * 32 - 1, 44 * 32 + 32])(
    'refuses a tile of %i bytes for one of 44 hashes',
    (length) => {
      const short: ReadTile = (tile) => (tile.width === 44 ? new Uint8Array(length) : log.read(tile));
      expect(() => rootFromTiles(300, short)).toThrow(failsWith('invalid_tile'));
    },
  );

  it.each([
    [0, 300],
    [0, -1],
    [8, 1],
    [9, 0],
    [0, Number.NaN],
  ])('refuses the subtree at level %d, index %d of 300 leaves', (level, index) => {
    expect(() => subtreesFromTiles(300, log.read)(level, index)).toThrow(failsWith('out_of_range'));
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])('refuses the size %d', (size) => {
    expect(() => subtreesFromTiles(size, log.read)).toThrow(failsWith('out_of_range'));
    expect(() => tilesAfterGrowth(0, size)).toThrow(failsWith('out_of_range'));
  });

  it('refuses a log that shrinks', () => {
    expect(() => tilesAfterGrowth(3, 2)).toThrow(failsWith('out_of_range'));
  });
});

describe('the path of a tile', () => {
  it.each([
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['tile/0/x001/x234/067.p/112', { level: 0, index: 1_234_067, width: 112 }],
    ['tile/63/999', { level: 63, index: 999, width: 256 }],
    ['tile/1/x001/000.p/255', { level: 1, index: 1_000, width: 255 }],
    ['tile/entries/x001/000.p/1', { level: 'entries', index: 1_000, width: 1 }],
  ] as const)('%s', (path, tile) => {
    expect(renderTilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it.each([
    '',
    'tile',
    'tile/0',
    'tile/0/',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/0/x000/000',
    'tile/0/x001',
    'tile/0/001/000',
    'tile/0/x001/x000',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/100/000',
    'tile/0/000.p',
    'tile/0/000.p/',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/1/',
    'tile/0/000/1',
    'tile/entry/000',
    'Tile/0/000',
    '/tile/0/000',
    'tile/0/000\n',
    'tile/0/000?',
    'tile/0/../000',
    'tile//000',
    'tile/0/x１/000',
    `tile/0/${'x999/'.repeat(6)}999`,
  ])('is not %j', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  it.each([
    { level: 64, index: 0, width: 256 },
    { level: -1, index: 0, width: 256 },
    { level: 0.5, index: 0, width: 256 },
    { level: 0, index: -1, width: 256 },
    { level: 0, index: 2 ** 53, width: 256 },
    { level: 0, index: 0, width: 0 },
    { level: 0, index: 0, width: 257 },
  ])('does not exist for %j', (tile) => {
    expect(() => renderTilePath(tile)).toThrow(failsWith('out_of_range'));
  });

  it('and the tile are two forms of one thing', () => {
    const level = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const));
    const index = fc.oneof(fc.nat(), fc.maxSafeNat());
    fc.assert(
      fc.property(level, index, fc.integer({ min: 1, max: 256 }), (l, n, width) => {
        const tile = { level: l, index: n, width };
        expect(parseTilePath(renderTilePath(tile))).toEqual(tile);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const tile = parseTilePath(text);
        if (tile !== undefined) expect(renderTilePath(tile)).toBe(text);
      }),
    );
  });
});
