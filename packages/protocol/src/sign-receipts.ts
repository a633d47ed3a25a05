// Signs the receipts of messages that reached the disk together with one signature, and verifies them.
//
//   the signature of sign-together.ts over the receipts without `signature` and `batch`, as `receipt`
//
// A member of a batch learns hashes of the others' receipts. It cannot guess what they are about: a receipt
// names the hash of a message with a signature that nobody else can make.

import { type Ed25519Verify, type MeshId, portableSha256, type Sha256 } from '@mesh/primitives';
import { MAX_RECEIPTS, type ReceiptMessage } from './messages/receipt.ts';
import { type Sign, unsignedText } from './sign-message.ts';
import { signTogether, verifyTogether } from './sign-together.ts';

/** A receipt before it is signed. */
export type UnsignedReceipt = Omit<ReceiptMessage, 'batch' | 'signature'>;

/**
 * @param receipts 1 to `MAX_RECEIPTS`
 * @returns the signed receipts, in the order of `receipts`
 * @throws RangeError if there are none or too many; PrimitivesError if one has no canonical form
 */
export function signReceipts(
  receipts: readonly UnsignedReceipt[],
  meshId: MeshId,
  sign: Sign,
  sha256: Sha256 = portableSha256,
): ReceiptMessage[] {
  const size = receipts.length;
  if (size === 0 || size > MAX_RECEIPTS)
    throw new RangeError(`a signature covers 1 to ${MAX_RECEIPTS} receipts: sign ${size} in several`);
  const { signature, places } = signTogether('receipt', receipts.map(unsignedText), meshId, sign, sha256);
  return places.map((batch, index) => ({ ...(receipts[index] as UnsignedReceipt), batch, signature }));
}

/**
 * Verifies a receipt of a known form. The public key must have passed `checkEd25519PublicKey` once. It does
 * not compare node and message with those of the reader.
 *
 * @returns false for a wrong signature, for a path that does not lead from this receipt to what was signed,
 *   and for a receipt of another mesh
 */
export function verifyReceipt(
  receipt: ReceiptMessage,
  publicKey: Uint8Array,
  meshId: MeshId,
  verify?: Ed25519Verify,
  sha256: Sha256 = portableSha256,
): boolean {
  if (receipt.mesh_id !== meshId) return false;
  const { batch, signature, ...unsigned } = receipt;
  const signer = { publicKey, meshId };
  return verifyTogether('receipt', unsignedText(unsigned), batch, signature, signer, verify, sha256);
}
