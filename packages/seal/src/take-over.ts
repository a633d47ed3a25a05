// Secrets that live for longer than a call are kept where they stay put. V8 holds the bytes of a small typed array inside
// its heap, and a collection that moves them leaves the old copy behind, where no zeroing reaches it; the bytes of an
// ArrayBuffer that was allocated as one are outside and never move.

import { wipe } from '@mesh/primitives';

/** The same bytes in memory that is never moved, the caller's to wipe; `bytes` is zero afterwards. */
export function takeOver(bytes: Uint8Array): Uint8Array {
  const own = new Uint8Array(new ArrayBuffer(bytes.length));
  own.set(bytes);
  wipe(bytes);
  return own;
}
