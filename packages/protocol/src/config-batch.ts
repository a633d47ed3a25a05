// Signs configs alone or several with one signature, and verifies both.
//
//   alone     signature over signingInput('config', body)
//   together  signature over signingInput('config_batch', { mesh_id, root, size }), where `root` is the root
//             of a Merkle tree (see batch-tree.ts) whose leaves are the configs' digests (see answer-digest.ts)
//
// The body is the config without `signature` and `batch`. Each config of a batch carries its place in the
// tree and the path to the root. Ed25519 hashes a message twice with SHA-512, so one signature for many long
// configs costs a fraction of a signature for each.

import {
  decodeBase64,
  type Ed25519Verify,
  encodeBase64,
  type MeshId,
  PrimitivesError,
  portableSha256,
  rootFromPath,
  type Sha256,
  utf8,
} from '@mesh/primitives';
import { digestOfText } from './answer-digest.ts';
import { batchTree } from './batch-tree.ts';
import { type ConfigBatch, configBatch, MAX_BATCH_SIZE } from './messages/config.ts';
import {
  isPlainObject,
  type Sign,
  signedText,
  signingInput,
  unsignedText,
  verifyMessage,
} from './sign-message.ts';

/** A config before it is signed; it has neither `signature` nor `batch`. */
type UnsignedConfig = object & { readonly signature?: never; readonly batch?: never };

/**
 * Signs one config.
 *
 * @returns the signed config as JSON
 * @throws PrimitivesError if it has no canonical form
 */
export function signConfig(body: UnsignedConfig, sign: Sign): string {
  const text = unsignedText(body);
  return withMembers(text, { signature: encodeBase64(sign(utf8(signedText('config', text)))) });
}

/**
 * Signs configs of one mesh with one signature. A single config is signed alone.
 *
 * A member of the batch learns hashes of other members' configs. Sign only configs together that hold
 * something that nobody else can guess, such as sealed keys.
 *
 * @param bodies 1 to `MAX_BATCH_SIZE` configs
 * @returns the signed configs as JSON, in the order of `bodies`
 * @throws PrimitivesError if one of them has no canonical form; RangeError if there are none or too many
 */
export function signConfigs(
  bodies: readonly UnsignedConfig[],
  meshId: MeshId,
  sign: Sign,
  sha256: Sha256 = portableSha256,
): string[] {
  return signConfigsWithDigests(bodies, meshId, sign, sha256).map(({ text }) => text);
}

/** A signed config as JSON, and its digest. */
export interface SignedConfig {
  readonly text: string;
  /** See `answerDigest`. */
  readonly digest: Uint8Array;
}

/**
 * As `signConfigs`, with the digest of each. In a batch it costs nothing, because it is the config's leaf.
 */
export function signConfigsWithDigests(
  bodies: readonly UnsignedConfig[],
  meshId: MeshId,
  sign: Sign,
  sha256: Sha256 = portableSha256,
): SignedConfig[] {
  if (bodies.length === 0 || bodies.length > MAX_BATCH_SIZE)
    throw new RangeError(`a batch has 1 to ${MAX_BATCH_SIZE} configs: sign ${bodies.length} in several`);
  const texts = bodies.map(unsignedText);
  const digests = texts.map((text) => digestOfText('config', text, sha256));
  return place(texts, digests, meshId, sign, sha256).map((members, at) => ({
    text: withMembers(texts[at] as string, members),
    digest: digests[at] as Uint8Array,
  }));
}

/** What each config gets beside its body: the signature, and in a batch its place. */
function place(
  texts: readonly string[],
  digests: readonly Uint8Array[],
  meshId: MeshId,
  sign: Sign,
  sha256: Sha256,
): { readonly batch?: ConfigBatch; readonly signature: string }[] {
  const size = texts.length;
  if (size === 1) return [{ signature: encodeBase64(sign(utf8(signedText('config', texts[0] as string)))) }];
  const tree = batchTree(digests, sha256);
  const input = signingInput('config_batch', rootStatement(meshId, tree.root, size));
  const signature = encodeBase64(sign(input));
  return texts.map((_, index) => ({
    batch: { size, index, path: tree.pathOf(index).map(encodeBase64) },
    signature,
  }));
}

/**
 * Verifies the received body of a config, which was signed alone or in a batch. The public key must have
 * passed `checkEd25519PublicKey` once. Like `verifyMessage`, it does not compare the mesh and the node that
 * the body names with those of the reader.
 *
 * @param body whatever was received; no received body makes it throw
 * @param meshId the reader's mesh; batches of other meshes do not verify
 * @param sha256 the platform's, where speed matters
 * @returns false for a missing, malformed or wrong signature, for a path that does not lead from this body to
 *   what was signed, and for a body that has no canonical form
 */
export function verifyConfig(
  body: object,
  publicKey: Uint8Array,
  meshId: MeshId,
  verify?: Ed25519Verify,
  sha256: Sha256 = portableSha256,
): boolean {
  if (!isPlainObject(body)) return false;
  if (!Object.hasOwn(body, 'batch')) return verifyMessage('config', body, publicKey, verify);
  const { batch, ...alone } = body as { readonly batch: unknown; readonly signature?: unknown };
  const place = configBatch.safeParse(batch);
  if (!place.success) return false;
  const { size, index } = place.data;
  const path = place.data.path.map((hash) => decodeBase64(hash));
  const text = textOf(alone);
  if (text === undefined) return false;
  const root = rootFromPath(digestOfText('config', text, sha256), index, size, path, sha256);
  if (root === undefined) return false;
  return verifyConfigRoot(root, size, meshId, alone.signature, publicKey, verify);
}

/** Verifies the signature of a batch: of the root and the size of its tree. */
export function verifyConfigRoot(
  root: Uint8Array,
  size: number,
  meshId: MeshId,
  signature: unknown,
  publicKey: Uint8Array,
  verify?: Ed25519Verify,
): boolean {
  return verifyMessage(
    'config_batch',
    { ...rootStatement(meshId, root, size), signature },
    publicKey,
    verify,
  );
}

/** @returns undefined if the body has no canonical form */
function textOf(body: object): string | undefined {
  try {
    return unsignedText(body);
  } catch (error) {
    if (error instanceof PrimitivesError) return undefined;
    throw error;
  }
}

/** What the signature of a batch covers. */
function rootStatement(meshId: MeshId, root: Uint8Array, size: number) {
  return { mesh_id: meshId, root: encodeBase64(root), size };
}

/** Adds members to the text of an object that is not empty, so that the object is not serialised again. */
function withMembers(text: string, members: object): string {
  return `${text.slice(0, -1)},${JSON.stringify(members).slice(1)}`;
}
