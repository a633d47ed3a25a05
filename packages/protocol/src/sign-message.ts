// signature = base64(Ed25519(key, "mesh/v1/" + kind + "\n" ‖ JCS(body without signature)))   (RFC 8032, RFC 8785)
// The kind is signed, so that a message of one kind can never be passed off as another.

import {
  canonicalJson,
  concatBytes,
  decodeBase64,
  type Ed25519Verify,
  encodeBase64,
  type JsonValue,
  signEd25519,
  utf8,
  verifyEd25519,
} from '@mesh/primitives';

export const messageKinds = [
  'benchmark',
  'enrolment',
  'endpoint',
  'key_rotation',
  'leave',
  'applied',
  'config',
  'receipt',
  'revocation',
  'maintenance',
] as const;
export type MessageKind = (typeof messageKinds)[number];

type Body = { readonly [name: string]: JsonValue | undefined };

/** The bytes that are signed: the kind's label, a line feed, and the canonical body without its signature. */
export function signingInput(kind: MessageKind, body: object): Uint8Array {
  const { signature: _signature, ...unsigned } = body as Body;
  return concatBytes(utf8(`mesh/v1/${kind}\n`), utf8(canonicalJson(unsigned as JsonValue)));
}

/** Signs bytes with one Ed25519 key; apps pass the platform's own. */
export type Sign = (message: Uint8Array) => Uint8Array;

/**
 * Adds `signature` to a body.
 *
 * @param signer a 32-byte Ed25519 seed, or a function that signs with a key it holds
 * @throws PrimitivesError when the body cannot be written canonically
 */
export function signMessage<T extends object>(
  kind: MessageKind,
  body: T,
  signer: Uint8Array | Sign,
): T & { signature: string } {
  const input = signingInput(kind, body);
  const signature = typeof signer === 'function' ? signer(input) : signEd25519(input, signer);
  return { ...body, signature: encodeBase64(signature) };
}

/**
 * Verifies the received body of a message, strictly (see `verifyEd25519`). The public key must have passed
 * `checkEd25519PublicKey` once.
 *
 * @returns false for a missing, malformed or wrong signature
 */
export function verifyMessage(
  kind: MessageKind,
  body: object,
  publicKey: Uint8Array,
  verify?: Ed25519Verify,
): boolean {
  const { signature } = body as Body;
  if (typeof signature !== 'string') return false;
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(signature, { lengthBytes: 64 });
  } catch {
    return false;
  }
  return verifyEd25519(bytes, signingInput(kind, body), publicKey, verify);
}
