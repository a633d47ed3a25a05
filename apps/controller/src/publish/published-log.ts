// The log as everybody may read it: the newest head that was signed, and the tiles that it covers (C2SP
// tlog-tiles). Entries behind that head are not shown, even if they are on disk.

import {
  type ReadSubtree,
  renderEntryBundle,
  subtreesFromTiles,
  TILE_WIDTH,
  type Tile,
  type TileEdge,
} from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { encodeBase64 } from '@mesh/primitives';
import type { LogTiles } from '../store/log-tiles.ts';
import type { LogHead } from '../store/log-writer.ts';

const HASH_LENGTH_BYTES = 32;
/** RFC 6962, section 2.1: SHA-256 of nothing. */
const EMPTY: LogHead = { size: 0, rootHash: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' };

/** The tree at the newest published head, to make proofs from. */
export interface PublishedTree {
  readonly size: number;
  /** The signed note of the head. */
  readonly checkpoint: string;
  /** A path costs some hundreds of hashes for each level of tiles. */
  readonly read: ReadSubtree;
}

interface Shown {
  readonly head: LogHead;
  /** The signed note. */
  readonly checkpoint: string;
  /** The partial tiles at the head, by level. */
  readonly partial: ReadonlyMap<number, Uint8Array>;
}

export class PublishedLog {
  readonly #tiles: Pick<LogTiles, 'full' | 'entries'>;
  #shown: Shown | undefined;

  constructor(tiles: Pick<LogTiles, 'full' | 'entries'>) {
    this.#tiles = tiles;
  }

  /**
   * @param edge of the tree at the head
   * @param checkpoint the signed note of the head, which is on disk
   */
  show(edge: TileEdge, checkpoint: string): void {
    this.#shown = {
      head: { size: edge.size, rootHash: encodeBase64(edge.root()) },
      checkpoint,
      partial: new Map(edge.partialTiles().map(({ level, bytes }) => [level, bytes])),
    };
  }

  /** The newest published head; that of the empty tree before the first one. */
  head(): LogHead {
    return this.#shown?.head ?? EMPTY;
  }

  /** The signed note of the newest head; undefined before the first one. */
  checkpoint(): string | undefined {
    return this.#shown?.checkpoint;
  }

  /** The tree at the newest published head; undefined before the first one. */
  tree(): PublishedTree | undefined {
    const shown = this.#shown;
    if (shown === undefined) return undefined;
    const { size } = shown.head;
    const read = subtreesFromTiles(
      size,
      ({ level, index, width }) => this.#hashes(level, index, width, shown) as Uint8Array,
      platformSha256,
    );
    return { size, checkpoint: shown.checkpoint, read };
  }

  /**
   * The bytes of a tile, of hashes or of entries. At most 256 rows are read for it.
   * @returns undefined if the newest head does not cover all of it
   */
  tile({ level, index, width }: Tile): Uint8Array | undefined {
    const shown = this.#shown;
    const height = level === 'entries' ? 0 : level;
    if (shown === undefined) return undefined;
    if (index * TILE_WIDTH + width > Math.floor(shown.head.size / TILE_WIDTH ** height)) return undefined;
    if (level === 'entries') return renderEntryBundle(this.#tiles.entries(index, width));
    return this.#hashes(level, index, width, shown);
  }

  #hashes(level: number, index: number, width: number, { partial }: Shown): Uint8Array | undefined {
    // Wherever a tile is not full at the head, it is the last one of its level.
    const hashes = this.#tiles.full(level, index) ?? partial.get(level);
    return hashes?.subarray(0, width * HASH_LENGTH_BYTES);
  }
}
