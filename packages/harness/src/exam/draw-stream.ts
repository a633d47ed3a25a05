// Numbers that follow from a seed, without a bias: HMAC-SHA-256 in counter mode, and rejection.
//
//   block i = HMAC-SHA-256(seed, lp(label) ‖ lp(id) ‖ uint64be(i)),  i = 0, 1, 2, …
//
// Each block gives eight words of 32 bits, big-endian.

import { concatBytes, HmacSha256, lengthPrefixed, uint64be } from '@mesh/primitives';

const WORDS_PER_BLOCK = 8;
const WORD_VALUES = 2 ** 32;

/** @returns a whole number from 0 to below `limit`, each as likely as the others */
export type DrawBelow = (limit: number) => number;

/**
 * @param label of what is drawn
 * @param id of whom it is drawn for; empty where that is nobody
 */
export function drawStream(seed: Uint8Array, label: string, id = ''): DrawBelow {
  const keyed = new HmacSha256(seed);
  const prefix = concatBytes(lengthPrefixed(label), lengthPrefixed(id));
  const block = new Uint8Array(32);
  const words = new DataView(block.buffer);
  let drawn = 0;
  const nextWord = (): number => {
    const at = drawn % WORDS_PER_BLOCK;
    if (at === 0) keyed.tagInto(concatBytes(prefix, uint64be(drawn / WORDS_PER_BLOCK)), block);
    drawn += 1;
    return words.getUint32(4 * at);
  };
  return (limit) => {
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > WORD_VALUES)
      throw new RangeError('a draw is among 1 to 2^32');
    // Beyond the last whole multiple of the limit some numbers would be likelier than others.
    const usable = WORD_VALUES - (WORD_VALUES % limit);
    for (;;) {
      const word = nextWord();
      if (word < usable) return word % limit;
    }
  };
}
