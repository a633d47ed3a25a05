// SHA-256 as a parameter: the portable one by default, the platform's where there is one, which is faster.

import { sha256 } from '@noble/hashes/sha2.js';

/** @returns the 32-byte digest in new memory, owned by the caller */
export type Sha256 = (message: Uint8Array) => Uint8Array;

export const portableSha256: Sha256 = (message) => sha256(message);
