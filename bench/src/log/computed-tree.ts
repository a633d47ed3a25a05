// A tree of any size that is nowhere stored: its leaves repeat after 256, so all full tiles of a level are
// the same, and each is computed from the one below.

import { fullTileRoot, type HashTile, leafHash, TILE_WIDTH } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { concatBytes } from '@mesh/primitives';

const HASH_LENGTH_BYTES = 32;
/** About as long as the entry of a benchmark. */
const ENTRY_LENGTH_BYTES = 400;

/** `leafHash` of entry `index`, 32 bytes. */
export function computedLeaf(index: number): Uint8Array {
  const entry = new Uint8Array(ENTRY_LENGTH_BYTES);
  entry[0] = index % TILE_WIDTH;
  return leafHash(entry, platformSha256);
}

/** What `ReadTile` asks for, for a tree of computed leaves. Views of bytes that must not be changed. */
export function computedTiles(): (tile: HashTile) => Uint8Array {
  const full: Uint8Array[] = [
    concatBytes(...Array.from({ length: TILE_WIDTH }, (_, index) => computedLeaf(index))),
  ];
  const tileOf = (level: number): Uint8Array => {
    const known = full[level];
    if (known !== undefined) return known;
    const root = fullTileRoot(tileOf(level - 1), platformSha256);
    const tile = concatBytes(...Array.from({ length: TILE_WIDTH }, () => root));
    full[level] = tile;
    return tile;
  };
  return ({ level, width }) => tileOf(level).subarray(0, width * HASH_LENGTH_BYTES);
}
