// Proof of possession of an X25519 key, which cannot sign: a MAC under a Diffie-Hellman with the controller's
// ephemeral key. It binds the node's name, its identity key and the slot.

import { concatBytes, lengthPrefixed, PrimitivesError } from '@mesh/primitives';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

const LABEL = 'mesh/v1/possession';
const KEY_BYTES = 32;

export interface PossessionClaim {
  /** X25519(own private, other's public): 32 bytes. */
  readonly sharedSecret: Uint8Array;
  readonly challengeId: string;
  readonly nodeId: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly slot: 'a' | 'b';
  /** The claimed WireGuard public key, 32 bytes. */
  readonly wgPublicKey: Uint8Array;
}

/**
 * HMAC-SHA256(sharedSecret, lp(label) ‖ lp(challenge) ‖ lp(node) ‖ identityKey ‖ lp(slot) ‖ wgPublicKey), 32
 * bytes.
 *
 * The caller computes the shared secret and refuses an all-zero one (RFC 7748 section 6.1): a claimed key of
 * small order produces it, and then anybody could compute the proof.
 *
 * @returns new memory, owned by the caller; compare it in constant time
 * @throws PrimitivesError `wrong_length`: the keys have no length prefix, so their lengths must be fixed
 */
export function possessionProof(claim: PossessionClaim): Uint8Array {
  for (const name of ['sharedSecret', 'identityKey', 'wgPublicKey'] as const) {
    if (claim[name].length !== KEY_BYTES)
      throw new PrimitivesError('wrong_length', `${name} of a possession claim: pass ${KEY_BYTES} bytes`);
  }
  const message = concatBytes(
    lengthPrefixed(LABEL),
    lengthPrefixed(claim.challengeId),
    lengthPrefixed(claim.nodeId),
    claim.identityKey,
    lengthPrefixed(claim.slot),
    claim.wgPublicKey,
  );
  return hmac(sha256, claim.sharedSecret, message);
}
