// The hash functions under the key schedule, as a port. The default is portable (noble) and runs in browsers
// and edge runtimes; an app on Node can pass node:crypto's (the README shows the adapter).

import { HmacSha256, type KeyedHmac } from '@mesh/primitives';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-256 and HMAC-SHA-256. Implementations hold no state between calls. */
export interface PskHash {
  sha256(message: Uint8Array): Uint8Array;
  /** Must not keep `key` itself: the caller wipes it when this returns. */
  keyHmac(key: Uint8Array): KeyedHmac;
}

/** SHA-256 by @noble/hashes, HMAC by @mesh/primitives. */
export const portableHash: PskHash = {
  sha256: (message) => nobleSha256(message),
  keyHmac: (key) => new HmacSha256(key),
};
