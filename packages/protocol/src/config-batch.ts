// Signs configs alone or several with one signature, and verifies both.
//
//   alone     signature over signingInput('config', body)
//   together  the signature of sign-together.ts over the bodies, as `config`
//
// The body is the config without `signature` and `batch`. Each config of a batch carries its place in
// `batch`. Ed25519 hashes a message twice with SHA-512, so one signature for many long configs costs a
// fraction of a signature for each.

import {
  type Ed25519Verify,
  encodeBase64,
  type MeshId,
  PrimitivesError,
  portableSha256,
  type Sha256,
  utf8,
} from '@mesh/primitives';
import { digestOfText } from './answer-digest.ts';
import { configBatch, MAX_BATCH_SIZE } from './messages/config.ts';
import { isPlainObject, type Sign, signedText, unsignedText, verifyMessage } from './sign-message.ts';
import { signTogether, verifyTogether } from './sign-together.ts';

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
  if (texts.length === 1) return [signedAlone(texts[0] as string, sign, sha256)];
  const { signature, places, leaves } = signTogether('config', texts, meshId, sign, sha256);
  return texts.map((text, index) => ({
    text: withMembers(text, { batch: places[index], signature }),
    digest: leaves[index] as Uint8Array,
  }));
}

function signedAlone(text: string, sign: Sign, sha256: Sha256): SignedConfig {
  const signature = encodeBase64(sign(utf8(signedText('config', text))));
  return { text: withMembers(text, { signature }), digest: digestOfText('config', text, sha256) };
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
  const text = textOf(alone);
  if (text === undefined) return false;
  const signer = { publicKey, meshId };
  return verifyTogether('config', text, place.data, alone.signature, signer, verify, sha256);
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

/** Adds members to the text of an object that is not empty, so that the object is not serialised again. */
function withMembers(text: string, members: object): string {
  return `${text.slice(0, -1)},${JSON.stringify(members).slice(1)}`;
}
