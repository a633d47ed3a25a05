// The log as everybody may read it: the newest head that was signed, and the tiles that it covers (C2SP
// tlog-tiles). Entries behind that head are not shown, even if they are on disk.

import { type ReadSubtree, renderEntryBundle, TILE_WIDTH, type Tile, type TileEdge } from '@mesh/audit';
import { encodeBase64 } from '@mesh/primitives';
import type { LogTiles } from '../store/log-tiles.ts';
import type { LogHead } from '../store/log-writer.ts';
import { HeadTiles } from './head-tiles.ts';

/** RFC 6962, section 2.1: SHA-256 of nothing. */
const EMPTY: LogHead = { size: 0, rootHash: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' };

/** The tree at the newest published head, to make proofs from. */
export interface PublishedTree {
  readonly size: number;
  /** The signed note of the head. */
  readonly checkpoint: string;
  readonly read: ReadSubtree;
}

interface Shown {
  readonly head: LogHead;
  /** The signed note. */
  readonly checkpoint: string;
  readonly tiles: HeadTiles;
}

export class PublishedLog {
  readonly #tiles: Pick<LogTiles, 'full' | 'checkedEntries'>;
  #shown: Shown | undefined;

  constructor(tiles: Pick<LogTiles, 'full' | 'checkedEntries'>) {
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
      tiles: new HeadTiles(edge, this.#tiles),
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
    const { head, checkpoint, tiles } = shown;
    return { size: head.size, checkpoint, read: tiles.subtrees };
  }

  /**
   * The bytes of a tile, of hashes or of entries. At most 256 rows are read for it. Entries are compared with
   * the hashes of their tile.
   *
   * @returns undefined if the newest head does not cover all of it
   * @throws ControllerError `usage` if an entry is not the one that was logged, or if what has moved to the
   *   folder is not there as it was
   */
  tile({ level, index, width }: Tile): Uint8Array | undefined {
    const shown = this.#shown;
    const height = level === 'entries' ? 0 : level;
    if (shown === undefined) return undefined;
    if (index * TILE_WIDTH + width > Math.floor(shown.head.size / TILE_WIDTH ** height)) return undefined;
    const hashes = shown.tiles.hashes({ level: height, index, width });
    if (level !== 'entries' || hashes === undefined) return hashes;
    return renderEntryBundle(this.#tiles.checkedEntries(index, hashes));
  }
}
