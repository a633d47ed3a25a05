// Makes the keys that sign checkpoints from 32 secret bytes.

import { copyBytes, ed25519PublicKey } from '@mesh/primitives';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { type VerifierKey, verifierKey } from '../note/verifier-key.ts';

/** A key with its secret: an Ed25519 seed of 32 bytes, or an ML-DSA-44 secret key of 2560. */
export interface SigningKey {
  readonly key: VerifierKey;
  /** The owner wipes it. */
  readonly secret: Uint8Array;
}

/**
 * @param name the origin for a log's own key, or the name of a witness
 * @param kind a plain signature, or a cosignature with a time
 * @param seed 32 secret bytes; copied
 * @throws PrimitivesError `wrong_length`; AuditError `invalid_verifier_key` for an invalid name
 */
export function ed25519SigningKey(
  name: string,
  kind: 'ed25519' | 'ed25519-cosignature',
  seed: Uint8Array,
): SigningKey {
  return { key: verifierKey(name, kind, ed25519PublicKey(seed)), secret: copyBytes(seed) };
}

/**
 * ML-DSA-44 (FIPS 204), whose signatures of checkpoints are cosignatures for logs and witnesses alike.
 *
 * @param seed 32 secret bytes, ξ of FIPS 204, algorithm 1; not kept
 * @throws AuditError `invalid_verifier_key` for an invalid name
 */
export function mlDsa44SigningKey(name: string, seed: Uint8Array): SigningKey {
  const { publicKey, secretKey } = ml_dsa44.keygen(seed);
  return { key: verifierKey(name, 'ml-dsa-44-cosignature', publicKey), secret: secretKey };
}
