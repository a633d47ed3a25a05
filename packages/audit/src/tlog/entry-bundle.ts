// The entries of a tile, as tlog-tiles serves them: for each, `uint16be(length) ‖ entry`.

import { concatBytes, uint16be } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { MAX_ENTRY_LENGTH_BYTES } from '../entry/entry.ts';
import { TILE_WIDTH } from '../tree/tile-path.ts';

const PREFIX_LENGTH_BYTES = 2;

/**
 * @param entries 1 to 256, each of 65,535 bytes at most
 * @throws AuditError `out_of_range`, `entry_too_large`
 */
export function renderEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  checkWidth(entries.length);
  if (entries.some(({ length }) => length > MAX_ENTRY_LENGTH_BYTES))
    throw new AuditError('entry_too_large', `an entry has at most ${MAX_ENTRY_LENGTH_BYTES} bytes`);
  return concatBytes(...entries.flatMap((entry) => [uint16be(entry.length), entry]));
}

/**
 * @param width how many entries the bundle has, by its path
 * @returns views of `bytes`
 * @throws AuditError `invalid_tile` if it has fewer or more, or ends within one; `out_of_range`
 */
export function parseEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  checkWidth(width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && entries.length < width) {
    if (at + PREFIX_LENGTH_BYTES > bytes.length) throw invalid();
    const start = at + PREFIX_LENGTH_BYTES;
    at = start + view.getUint16(at);
    if (at > bytes.length) throw invalid();
    entries.push(bytes.subarray(start, at));
  }
  if (at !== bytes.length || entries.length !== width) throw invalid();
  return entries;
}

function checkWidth(width: number): void {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw new AuditError('out_of_range', `a bundle has 1 to ${TILE_WIDTH} entries`);
}

function invalid(): AuditError {
  return new AuditError(
    'invalid_tile',
    'bundle refused: it does not have as many whole entries as its path says',
  );
}
