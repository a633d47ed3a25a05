// The text of a node's identity key: the Ed25519 public key that its certificate names and its messages are
// signed with.

import { decodeBase64 } from './strict-base64.ts';

declare const brand: unique symbol;

/** Strict base64 of 32 bytes. `checkEd25519PublicKey` decides whether they are a sound point. */
export type IdentityKey = string & { readonly [brand]: 'IdentityKey' };

/**
 * Parses an identity key: strict base64 of 32 bytes.
 * @throws PrimitivesError `invalid_base64`
 */
export function parseIdentityKey(text: string): IdentityKey {
  decodeBase64(text, { lengthBytes: 32 });
  return text as IdentityKey;
}
