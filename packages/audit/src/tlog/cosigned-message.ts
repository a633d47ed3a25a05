// What cosignatures sign (C2SP tlog-cosignature).

import { concatBytes, uint64be, utf8 } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { parseCheckpoint } from './checkpoint.ts';

const LABEL = utf8('subtree/v1\n\0');
const MAX_NAME_LENGTH_BYTES = 255;

/**
 * `cosignature/v1\ntime <T>\n` and the whole text of the checkpoint.
 *
 * @param timeSeconds since 1970
 */
export function ed25519CosignedMessage(checkpointText: string, timeSeconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${checkpointText}`);
}

/**
 * `"subtree/v1\n\0" ‖ len8(cosigner) ‖ u64(time) ‖ len8(origin) ‖ u64(0) ‖ u64(size) ‖ root[32]`: the subtree
 * that begins at leaf 0 and is the whole tree. Extension lines are not covered.
 *
 * @param cosigner the name of the key
 * @param timeSeconds since 1970; 0 says nothing about whether the tree is the largest that was seen
 * @throws AuditError `invalid_checkpoint`; `out_of_range` if a name has more than 255 bytes
 */
export function mlDsaCosignedMessage(
  checkpointText: string,
  cosigner: string,
  timeSeconds: number,
): Uint8Array {
  const { origin, size, root } = parseCheckpoint(checkpointText);
  return concatBytes(
    LABEL,
    shortPrefixed(cosigner),
    uint64be(timeSeconds),
    shortPrefixed(origin),
    uint64be(0),
    uint64be(size),
    root,
  );
}

function shortPrefixed(text: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.length === 0 || bytes.length > MAX_NAME_LENGTH_BYTES)
    throw new AuditError('out_of_range', 'a name that ML-DSA-44 cosigns has 1 to 255 bytes');
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}
