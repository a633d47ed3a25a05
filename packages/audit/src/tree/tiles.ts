// Which tiles a tree of a given size has, and how its subtrees are read from them (C2SP tlog-tiles).

import { concatBytes, portableSha256, type Sha256 } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { checkTreeSize, type ReadSubtree, rangeRoot } from './subtrees.ts';
import { TILE_WIDTH, type Tile } from './tile-path.ts';
import { nodeHash, TREE_HASH_LENGTH_BYTES } from './tree-hashes.ts';

/** A tile of hashes, without the entries. */
export type HashTile = Tile & { readonly level: number };

const LEVELS_OF_TILE = 8;

/** The tile's hashes, 32 bytes each, one after the other. */
export type ReadTile = (tile: HashTile) => Uint8Array;

/**
 * The tiles of hashes that a tree has at `newSize` and that it did not have at `oldSize`, partial ones
 * included: what has to be written after it grew. The lowest level first.
 *
 * @throws AuditError `out_of_range` if the old size is above the new one
 */
export function tilesAfterGrowth(oldSize: number, newSize: number): HashTile[] {
  checkTreeSize(oldSize);
  checkTreeSize(newSize);
  if (oldSize > newSize)
    throw new AuditError('out_of_range', 'the old size of a tree is not above the new one');
  const tiles: HashTile[] = [];
  for (let level = 0, old = oldSize, now = newSize; now > old; level += 1) {
    for (let index = Math.floor(old / TILE_WIDTH); index * TILE_WIDTH < now; index += 1)
      tiles.push({ level, index, width: Math.min(TILE_WIDTH, now - index * TILE_WIDTH) });
    [old, now] = [Math.floor(old / TILE_WIDTH), Math.floor(now / TILE_WIDTH)];
  }
  return tiles;
}

/**
 * Reads the subtrees of a tree of `size` leaves from its tiles, as `proveInclusion`, `proveConsistency` and
 * `rangeRoot` ask for them. It asks for partial tiles by the width that they have at this size.
 *
 * The result throws AuditError `invalid_tile` if a tile does not have the length of its width, and
 * `out_of_range` if it is asked for a subtree that the tree does not have.
 *
 * @throws AuditError `out_of_range`
 */
export function subtreesFromTiles(
  size: number,
  readTile: ReadTile,
  sha256: Sha256 = portableSha256,
): ReadSubtree {
  checkTreeSize(size);
  return (level, index) => {
    const tileLevel = Math.floor(level / LEVELS_OF_TILE);
    const width = 2 ** (level % LEVELS_OF_TILE);
    const first = index * width;
    const hashesAtLevel = Math.floor(size / TILE_WIDTH ** tileLevel);
    if (!(index >= 0) || first + width > hashesAtLevel)
      throw new AuditError('out_of_range', 'the tree has no such subtree at this size');
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const tileWidth = Math.min(TILE_WIDTH, hashesAtLevel - tileIndex * TILE_WIDTH);
    const hashes = splitTile(readTile({ level: tileLevel, index: tileIndex, width: tileWidth }), tileWidth);
    const at = first % TILE_WIDTH;
    return perfectRoot(hashes.slice(at, at + width), sha256);
  };
}

/**
 * The root of the tree of `size` leaves, read from its tiles; owned by the caller.
 * @throws AuditError `out_of_range`, `invalid_tile`
 */
export function rootFromTiles(size: number, readTile: ReadTile, sha256: Sha256 = portableSha256): Uint8Array {
  return rangeRoot(0, size, subtreesFromTiles(size, readTile, sha256), sha256);
}

/**
 * The hash in the level above that stands for a full tile, 32 bytes, owned by the caller.
 * @param bytes of a full tile
 * @throws AuditError `invalid_tile`
 */
export function fullTileRoot(bytes: Uint8Array, sha256: Sha256 = portableSha256): Uint8Array {
  return perfectRoot(splitTile(bytes, TILE_WIDTH), sha256);
}

/** @throws AuditError `invalid_tile` */
function splitTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== width * TREE_HASH_LENGTH_BYTES)
    throw new AuditError(
      'invalid_tile',
      `a tile of ${width} hashes has ${width * TREE_HASH_LENGTH_BYTES} bytes`,
    );
  return Array.from({ length: width }, (_, at) =>
    bytes.subarray(at * TREE_HASH_LENGTH_BYTES, (at + 1) * TREE_HASH_LENGTH_BYTES),
  );
}

/** @param hashes as many as a power of two */
export function perfectRoot(hashes: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    const below = level;
    level = Array.from({ length: below.length / 2 }, (_, at) =>
      nodeHash(below[2 * at] as Uint8Array, below[2 * at + 1] as Uint8Array, sha256),
    );
  }
  return level[0] as Uint8Array;
}

/** The bytes of a tile of these hashes, owned by the caller. */
export function renderTile(hashes: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...hashes);
}
