// Gives out short random values that were drawn many at once, because a draw costs the same for a few bytes
// and for thousands.

import { copyBytes } from '@mesh/primitives';

const VALUES_PER_DRAW = 256;

/**
 * @param randomBytes a cryptographic random source
 * @returns a source of values of `lengthBytes`, each in new memory and given out once
 */
export function drawAhead(
  randomBytes: (lengthBytes: number) => Uint8Array,
  lengthBytes: number,
): () => Uint8Array {
  const size = lengthBytes * VALUES_PER_DRAW;
  let drawn = new Uint8Array();
  let used = 0;
  return () => {
    if (used === drawn.length) {
      drawn = new Uint8Array(randomBytes(size));
      used = 0;
    }
    used += lengthBytes;
    return copyBytes(drawn.subarray(used - lengthBytes, used));
  };
}
