// The right edge of a growing log's tiles: the hashes of the one partial tile of each level. It is all that
// is needed to append, to write the tiles, and to know the root: at most 255 hashes for each level, and an
// append costs O(log n) at most.

import { copyBytes, portableSha256, type Sha256 } from '@mesh/primitives';
import { rangeRoot } from './subtrees.ts';
import { TILE_WIDTH } from './tile-path.ts';
import { type HashTile, perfectRoot, type ReadTile, renderTile, subtreesFromTiles } from './tiles.ts';
import { checkTreeHash } from './tree-hashes.ts';

/** A tile with its bytes: the hashes, 32 bytes each. */
export interface WrittenTile extends HashTile {
  readonly bytes: Uint8Array;
}

export class TileEdge {
  readonly #sha256: Sha256;
  #size = 0;
  /** By level. A full tile is taken out when the next hash arrives. */
  #partial: Uint8Array[][] = [];

  constructor(sha256: Sha256 = portableSha256) {
    this.#sha256 = sha256;
  }

  /** How many leaves the log has. */
  get size(): number {
    return this.#size;
  }

  /**
   * The edge of a log that stands in tiles. It reads one partial tile of each level at most.
   *
   * @throws AuditError `out_of_range`, `invalid_tile`
   */
  static fromTiles(size: number, readTile: ReadTile, sha256: Sha256 = portableSha256): TileEdge {
    const edge = new TileEdge(sha256);
    const read = subtreesFromTiles(size, readTile, sha256);
    edge.#size = size;
    for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / TILE_WIDTH)) {
      const first = hashes - (hashes % TILE_WIDTH);
      edge.#partial.push(
        Array.from({ length: hashes % TILE_WIDTH }, (_, at) => copyBytes(read(level * 8, first + at))),
      );
    }
    return edge;
  }

  /**
   * Adds the next leaf. The hash is copied.
   *
   * @param leaf `leafHash(entryBytes)`
   * @returns the tiles that this leaf filled, the lowest level first; mostly none
   * @throws AuditError `wrong_length`
   */
  append(leaf: Uint8Array): WrittenTile[] {
    checkTreeHash(leaf);
    const filled: WrittenTile[] = [];
    let hash: Uint8Array | undefined = copyBytes(leaf);
    this.#size += 1;
    for (let level = 0, hashes = this.#size; hash !== undefined; level += 1) {
      const tile = this.#partial[level] ?? [];
      this.#partial[level] = tile;
      tile.push(hash);
      hash = undefined;
      if (tile.length === TILE_WIDTH) {
        filled.push({ level, index: hashes / TILE_WIDTH - 1, width: TILE_WIDTH, bytes: renderTile(tile) });
        hash = perfectRoot(tile, this.#sha256);
        this.#partial[level] = [];
      }
      hashes = Math.floor(hashes / TILE_WIDTH);
    }
    return filled;
  }

  /** The partial tiles at the present size, the lowest level first. */
  partialTiles(): WrittenTile[] {
    return this.#partial.flatMap((hashes, level) =>
      hashes.length === 0
        ? []
        : [
            {
              level,
              index: Math.floor(this.#size / TILE_WIDTH ** (level + 1)),
              width: hashes.length,
              bytes: renderTile(hashes),
            },
          ],
    );
  }

  /** The root of the log (RFC 6962, section 2.1), 32 bytes, owned by the caller. */
  root(): Uint8Array {
    return rangeRoot(0, this.#size, (level, index) => this.#subtree(level, index), this.#sha256);
  }

  /** An independent copy, for appending entries that may have to be taken back. */
  clone(): TileEdge {
    const copy = new TileEdge(this.#sha256);
    copy.#size = this.#size;
    // Hashes are never changed in place, so they can be shared.
    copy.#partial = this.#partial.map((hashes) => [...hashes]);
    return copy;
  }

  /** The root needs only subtrees that lie in a partial tile. */
  #subtree(level: number, index: number): Uint8Array {
    const width = 2 ** (level % 8);
    const at = (index * width) % TILE_WIDTH;
    const hashes = this.#partial[Math.floor(level / 8)] as Uint8Array[];
    return perfectRoot(hashes.slice(at, at + width), this.#sha256);
  }
}
