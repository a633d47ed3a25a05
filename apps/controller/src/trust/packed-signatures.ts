// Signatures on their way to another thread: many in one block of bytes, because each message between threads
// costs as much as part of a verification.
//
//     block = (uint32le(length of message) ‖ signature[64] ‖ public key[32] ‖ message)*
//     verdicts = one byte each, in the same order: 1 for a valid one, 0 for any other

import type { Ed25519Verify } from '@mesh/primitives';

/** A signature of strict form, and what it is over. */
export interface ClaimedSignature {
  readonly signature: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
}

const LENGTH_BYTES = 4;
const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;
const HEAD_BYTES = LENGTH_BYTES + SIGNATURE_BYTES + KEY_BYTES;

/** @returns a block in memory of its own, which can be transferred */
export function packSignatures(claims: readonly ClaimedSignature[]): Uint8Array<ArrayBuffer> {
  const size = claims.reduce((sum, { message }) => sum + HEAD_BYTES + message.length, 0);
  const block = new Uint8Array(new ArrayBuffer(size));
  const view = new DataView(block.buffer);
  let at = 0;
  for (const { signature, publicKey, message } of claims) {
    view.setUint32(at, message.length, true);
    block.set(signature, at + LENGTH_BYTES);
    block.set(publicKey, at + LENGTH_BYTES + SIGNATURE_BYTES);
    block.set(message, at + HEAD_BYTES);
    at += HEAD_BYTES + message.length;
  }
  return block;
}

/** @returns the verdicts, in memory of their own */
export function verifyPacked(block: Uint8Array, isValid: Ed25519Verify): Uint8Array<ArrayBuffer> {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const verdicts: number[] = [];
  for (let at = 0; at < block.length; ) {
    const end = at + HEAD_BYTES + view.getUint32(at, true);
    const key = at + LENGTH_BYTES + SIGNATURE_BYTES;
    const valid = isValid(
      block.subarray(at + LENGTH_BYTES, key),
      block.subarray(at + HEAD_BYTES, end),
      block.subarray(key, at + HEAD_BYTES),
    );
    verdicts.push(valid ? 1 : 0);
    at = end;
  }
  return new Uint8Array(verdicts);
}
