// Secrets that outlive a call are kept in memory that never moves. V8 holds the bytes of a small typed array
// inside its heap. A collection that moves them leaves the old copy behind, where no zeroing reaches it. The
// bytes of an explicitly allocated ArrayBuffer lie outside the heap and never move.

import { wipe } from '@mesh/primitives';

/** Copies the bytes to memory that never moves, for the caller to wipe, and zeroes `bytes`. */
export function takeOver(bytes: Uint8Array): Uint8Array {
  const own = new Uint8Array(new ArrayBuffer(bytes.length));
  own.set(bytes);
  wipe(bytes);
  return own;
}
