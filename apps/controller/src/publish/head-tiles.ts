// The tiles of the log's tree at one head: full ones are stored, partial ones are those of the tree's edge.

import { type HashTile, type ReadSubtree, subtreesFromTiles, type TileEdge } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import type { LogTiles } from '../store/log-tiles.ts';

const HASH_LENGTH_BYTES = 32;

export class HeadTiles {
  /** The tree, to make proofs from. A path costs some hundreds of hashes for each level of tiles. */
  readonly subtrees: ReadSubtree;
  readonly #stored: Pick<LogTiles, 'full'>;
  /** By level. */
  readonly #partial: ReadonlyMap<number, Uint8Array>;

  constructor(edge: TileEdge, stored: Pick<LogTiles, 'full'>) {
    this.#stored = stored;
    this.#partial = new Map(edge.partialTiles().map(({ level, bytes }) => [level, bytes]));
    this.subtrees = subtreesFromTiles(edge.size, (tile) => this.hashes(tile) as Uint8Array, platformSha256);
  }

  /** @returns undefined for a tile that the tree does not have */
  hashes({ level, index, width }: HashTile): Uint8Array | undefined {
    // Wherever a tile is not full at the head, it is the last one of its level.
    const hashes = this.#stored.full(level, index) ?? this.#partial.get(level);
    return hashes?.subarray(0, width * HASH_LENGTH_BYTES);
  }
}
