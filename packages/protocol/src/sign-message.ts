// signature = base64(Ed25519(key, "mesh/v1/" + kind + "\n" ‖ JCS(body without signature)))   (RFC 8032, RFC 8785)
// The kind is signed, so that a message of one kind can never be passed off as another.

import {
  canonicalJson,
  decodeBase64,
  type Ed25519Verify,
  encodeBase64,
  type JsonValue,
  PrimitivesError,
  signEd25519,
  utf8,
  verifyEd25519,
} from '@mesh/primitives';

export const messageKinds = [
  'benchmark',
  'enrolment',
  'endpoint',
  'key_rotation',
  'key_rotation_proof',
  'leave',
  'applied',
  'config',
  'config_batch',
  'config_key_list',
  'removal_notice',
  'receipt',
  'receipt_batch',
  'revocation',
  'officer_request',
  'maintenance',
  'exam_commitment',
  'exam_result',
] as const;
export type MessageKind = (typeof messageKinds)[number];

type Body = { readonly [name: string]: JsonValue | undefined };

const labels = new Map<string, string>(messageKinds.map((kind) => [kind, `mesh/v1/${kind}\n`]));

/**
 * The signed bytes: the kind's label, a line feed, and the canonical body without its signature.
 *
 * @param body a plain object, as `parseStrictJson` makes it; its own `signature` is left out
 * @returns new memory, owned by the caller
 * @throws PrimitivesError if the body has no canonical form (see `canonicalJson`); arrays, class instances
 *   and kinds that are not in `messageKinds` give `json_unsupported_value`
 */
export function signingInput(kind: MessageKind, body: object): Uint8Array {
  return utf8(signedText(kind, unsignedText(body)));
}

/** The canonical text of a body without its signature. @throws PrimitivesError as `signingInput` */
export function unsignedText(body: object): string {
  if (!isPlainObject(body)) throw unsupported();
  const { signature: _signature, ...unsigned } = body as Body;
  return canonicalJson(unsigned as JsonValue);
}

/**
 * What is signed, before it is written in UTF-8, of a body whose canonical text is known.
 *
 * @param text as `unsignedText` gives it
 * @throws PrimitivesError `json_unsupported_value` for a kind that is not in `messageKinds`
 */
export function signedText(kind: MessageKind, text: string): string {
  const label = labels.get(kind);
  if (label === undefined) throw unsupported();
  return label + text;
}

function unsupported(): PrimitivesError {
  return new PrimitivesError(
    'json_unsupported_value',
    'a signed message is a plain object of a known kind: pass the received body, and a kind of messageKinds',
  );
}

/** Spreading would turn a Map into `{}` and an array into an object: other values with the same signature. */
export function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Signs bytes with one Ed25519 key; apps pass the platform's implementation. */
export type Sign = (message: Uint8Array) => Uint8Array;

/**
 * Adds `signature` to a body.
 *
 * @param signer a 32-byte Ed25519 seed, or a function that signs with a key it holds
 * @throws PrimitivesError if the body has no canonical form; `wrong_length` for a seed that does not have 32
 *   bytes
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
 * @param body whatever was received; no received body makes it throw
 * @returns false for a missing, malformed or wrong signature and for a body that has no canonical form
 */
export function verifyMessage(
  kind: MessageKind,
  body: object,
  publicKey: Uint8Array,
  verify?: Ed25519Verify,
): boolean {
  if (!isPlainObject(body)) return false;
  const { signature } = body as Body;
  if (typeof signature !== 'string') return false;
  let bytes: Uint8Array;
  let input: Uint8Array;
  try {
    bytes = decodeBase64(signature, { lengthBytes: 64 });
    input = signingInput(kind, body);
  } catch (error) {
    if (error instanceof PrimitivesError) return false;
    throw error;
  }
  return verifyEd25519(bytes, input, publicKey, verify);
}
