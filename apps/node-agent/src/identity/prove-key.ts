// Proves to the controller that the node has a WireGuard key, which cannot sign.

import { platformX25519 } from '@mesh/host';
import { encodeBase64, type NodeId, wipe } from '@mesh/primitives';
import { possessionProof } from '@mesh/protocol';
import { wgKeyToBytes } from '@mesh/wg';
import type { WgKeyPair } from './key-files.ts';

export interface ProofChallenge {
  readonly challengeId: string;
  /** The controller's ephemeral X25519 key, 32 bytes. */
  readonly challengeKey: Uint8Array;
  readonly nodeId: NodeId;
  /** The identity key that the node has now, 32 bytes. */
  readonly identityKey: Uint8Array;
}

/**
 * @returns base64. The platform refuses a challenge key of low order, with which a secret would prove
 *   nothing.
 */
export function proveWgKey(
  { challengeId, challengeKey, nodeId, identityKey }: ProofChallenge,
  slot: 'a' | 'b',
  pair: WgKeyPair,
): string {
  const sharedSecret = pair.privateKey.use((ours) => platformX25519.sharedSecretOf(ours, challengeKey));
  try {
    return encodeBase64(
      possessionProof({
        sharedSecret,
        challengeId,
        nodeId,
        identityKey,
        slot,
        wgPublicKey: wgKeyToBytes(pair.publicKey),
      }),
    );
  } finally {
    wipe(sharedSecret);
  }
}
