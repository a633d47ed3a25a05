// Proof of possession of an X25519 key, which cannot sign: a MAC under a Diffie-Hellman with the controller's
// ephemeral key. It binds the node's name, its identity key and the slot.

import { concatBytes, lengthPrefixed } from '@mesh/primitives';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

const LABEL = 'mesh/v1/possession';

export interface PossessionClaim {
  /** X25519(own private, other's public): 32 bytes. */
  readonly sharedSecret: Uint8Array;
  readonly challengeId: string;
  readonly nodeId: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly slot: 'a' | 'b';
  /** The WireGuard public key that is claimed, 32 bytes. */
  readonly wgPublicKey: Uint8Array;
}

/** HMAC-SHA256(sharedSecret, lp(label) ‖ lp(challenge) ‖ lp(node) ‖ identityKey ‖ lp(slot) ‖ wgPublicKey), 32 bytes. */
export function possessionProof(claim: PossessionClaim): Uint8Array {
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
