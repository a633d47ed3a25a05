// A sequence of numbers that follows from a seed alone, so that what is drawn can be drawn again: SplitMix32.
// It is not for secrets.

/** @returns the next number, from 0 to below 1 */
export type SeededRandom = () => number;

/** @param seed its lowest 32 bits count */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
