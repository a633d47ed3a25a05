// SHA-256 (FIPS 180-4) as a parameter: the portable one by default, the platform's where it is faster.

import { sha256 } from '@noble/hashes/sha2.js';

/** @returns the 32-byte digest in new memory, owned by the caller */
export type Sha256 = (message: Uint8Array) => Uint8Array;

/** Works on every platform. */
export const portableSha256: Sha256 = (message) => sha256(message);
