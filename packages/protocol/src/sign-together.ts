// Signs several texts of one kind with one signature, and verifies it for one of them alone.
//
//   leaf        SHA-256(0x00 ‖ the bytes that a signature of the text alone would cover)
//   signature   over signingInput(KIND_batch, { mesh_id, root, size }), where `root` is the root of the tree
//               over the leaves (see batch-tree.ts)
//
// Each text gets its place in the tree and the path to the root. The holder of one learns only hashes of the
// others.

import {
  decodeBase64,
  type Ed25519Verify,
  encodeBase64,
  type MeshId,
  rootFromPath,
  type Sha256,
} from '@mesh/primitives';
import { digestOfText } from './answer-digest.ts';
import { batchTree } from './batch-tree.ts';
import { type Sign, signingInput, verifyMessage } from './sign-message.ts';

/** What can be signed together with others of its kind. */
type BatchedKind = 'config' | 'receipt';

/** The place of a text among those that were signed together. */
export interface BatchPlace {
  readonly size: number;
  readonly index: number;
  /** From its leaf to the root, the lowest first: base64 of 32 bytes each. */
  readonly path: string[];
}

/**
 * @param texts as `unsignedText` gives them; at least one
 * @returns the signature in base64, and the places and the leaves in the order of `texts`
 * @throws RangeError if there is no text
 */
export function signTogether(
  kind: BatchedKind,
  texts: readonly string[],
  meshId: MeshId,
  sign: Sign,
  sha256: Sha256,
): {
  readonly signature: string;
  readonly places: readonly BatchPlace[];
  readonly leaves: readonly Uint8Array[];
} {
  const size = texts.length;
  const leaves = texts.map((text) => digestOfText(kind, text, sha256));
  const tree = batchTree(leaves, sha256);
  const input = signingInput(`${kind}_batch`, rootStatement(meshId, tree.root, size));
  // The texts share the upper hashes of their paths: each is encoded once.
  const encoded = new Map<Uint8Array, string>();
  const encode = (hash: Uint8Array): string => {
    const known = encoded.get(hash) ?? encodeBase64(hash);
    encoded.set(hash, known);
    return known;
  };
  return {
    signature: encodeBase64(sign(input)),
    leaves,
    places: texts.map((_, index) => ({ size, index, path: tree.pathOf(index).map(encode) })),
  };
}

/**
 * @param place of a checked form
 * @returns false for a wrong signature, and for a path that does not lead from this text to what was signed
 */
export function verifyTogether(
  kind: BatchedKind,
  text: string,
  place: BatchPlace,
  signature: unknown,
  signer: { readonly publicKey: Uint8Array; readonly meshId: MeshId },
  verify: Ed25519Verify | undefined,
  sha256: Sha256,
): boolean {
  return verifyLeaf(kind, digestOfText(kind, text, sha256), place, signature, signer, verify, sha256);
}

/** The same of a text of which only the leaf is known. */
export function verifyLeaf(
  kind: BatchedKind,
  leaf: Uint8Array,
  { size, index, path: hashes }: BatchPlace,
  signature: unknown,
  signer: { readonly publicKey: Uint8Array; readonly meshId: MeshId },
  verify: Ed25519Verify | undefined,
  sha256: Sha256,
): boolean {
  const path = hashes.map((hash) => decodeBase64(hash));
  const root = rootFromPath(leaf, index, size, path, sha256);
  if (root === undefined) return false;
  const statement = { ...rootStatement(signer.meshId, root, size), signature };
  return verifyMessage(`${kind}_batch`, statement, signer.publicKey, verify);
}

/** What the signature covers. */
function rootStatement(meshId: MeshId, root: Uint8Array, size: number) {
  return { mesh_id: meshId, root: encodeBase64(root), size };
}
