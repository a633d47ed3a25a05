// Randomness is used once. The functions that take it zero it, and they refuse zeros. Sealing twice with the
// same bytes would use one key and nonce for two plaintexts, and a random source that gives zeros would give
// everyone the same key.

import { SealError } from './seal-error.ts';

/** @throws SealError `spent_randomness` */
export function refuseSpent(randomness: Uint8Array): void {
  if (randomness.every((byte) => byte === 0)) {
    throw new SealError(
      'spent_randomness',
      'these random bytes are all zero: used before, or never filled; draw new ones for every call',
    );
  }
}
