// Signs the receipts of messages that reached the disk together with one signature, and verifies them.
//
//   leaf        SHA-256(0x00 ‖ "mesh/v1/receipt\n" ‖ JCS(receipt without signature and batch))
//   signature   over signingInput('receipt_batch', { mesh_id, root, size }), where `root` is the root of the
//               tree over the leaves (see batch-tree.ts)
//
// A member of a batch learns hashes of the others' receipts. It cannot guess what they are about: a receipt
// names the hash of a message with a signature that nobody else can make.

import {
  decodeBase64,
  type Ed25519Verify,
  encodeBase64,
  type MeshId,
  portableSha256,
  rootFromPath,
  type Sha256,
  utf8,
} from '@mesh/primitives';
import { batchTree } from './batch-tree.ts';
import { MAX_RECEIPTS, type ReceiptMessage } from './messages/receipt.ts';
import { type Sign, signedText, signingInput, unsignedText, verifyMessage } from './sign-message.ts';

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
  const leaves = receipts.map((receipt) => leafOf(receipt, sha256));
  const tree = batchTree(leaves, sha256);
  const input = signingInput('receipt_batch', rootStatement(meshId, tree.root, size));
  const signature = encodeBase64(sign(input));
  // Receipts share the upper hashes of their paths: each is encoded once.
  const texts = new Map<Uint8Array, string>();
  const textOf = (hash: Uint8Array): string => {
    const known = texts.get(hash) ?? encodeBase64(hash);
    texts.set(hash, known);
    return known;
  };
  return receipts.map((receipt, index) => ({
    ...receipt,
    batch: { size, index, path: tree.pathOf(index).map(textOf) },
    signature,
  }));
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
  const { batch, signature, ...unsigned } = receipt;
  const path = batch.path.map((hash) => decodeBase64(hash));
  const root = rootFromPath(leafOf(unsigned, sha256), batch.index, batch.size, path, sha256);
  if (root === undefined || receipt.mesh_id !== meshId) return false;
  const statement = { ...rootStatement(meshId, root, batch.size), signature };
  return verifyMessage('receipt_batch', statement, publicKey, verify);
}

function leafOf(receipt: UnsignedReceipt, sha256: Sha256): Uint8Array {
  return sha256(utf8(`\u0000${signedText('receipt', unsignedText(receipt))}`));
}

const rootStatement = (meshId: MeshId, root: Uint8Array, size: number) => ({
  mesh_id: meshId,
  root: encodeBase64(root),
  size,
});
