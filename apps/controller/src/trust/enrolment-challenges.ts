// Ephemeral X25519 keys against which enrolling nodes prove that they hold their WireGuard keys. They are
// kept in memory, up to a limit, and each is valid for some minutes. A challenge stays valid after use, so
// that a node whose answer was lost can ask again.

import { encodeBase64Url, equalBytes, wipe } from '@mesh/primitives';
import { type PossessionClaim, possessionProof } from '@mesh/protocol';
import { x25519 } from '@noble/curves/ed25519.js';

const LIFETIME_MS = 5 * 60_000;
const MAX_OPEN = 4096;

interface OpenChallenge {
  readonly secretKey: Uint8Array;
  readonly expiresAtMs: number;
  /** The signatures of the requests that were granted for it. */
  readonly granted: Set<string>;
}

export class EnrolmentChallenges {
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #open = new Map<string, OpenChallenge>();

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
  }

  create(nowMs: number): { challengeId: string; publicKey: Uint8Array; expiresAtMs: number } {
    this.#sweep(nowMs);
    const secretKey = this.#randomBytes(32);
    const challengeId = encodeBase64Url(this.#randomBytes(18));
    const expiresAtMs = nowMs + LIFETIME_MS;
    this.#open.set(challengeId, { secretKey, expiresAtMs, granted: new Set() });
    return { challengeId, publicKey: x25519.getPublicKey(secretKey), expiresAtMs };
  }

  isOpen(challengeId: string, nowMs: number): boolean {
    return (this.#open.get(challengeId)?.expiresAtMs ?? 0) > nowMs;
  }

  /** @param signature the request's, which has been verified */
  noteGranted(challengeId: string, signature: string): void {
    this.#open.get(challengeId)?.granted.add(signature);
  }

  /** Whether the request with this signature was granted before: one signature is over one request. */
  wasGranted(challengeId: string, signature: string): boolean {
    return this.#open.get(challengeId)?.granted.has(signature) === true;
  }

  /**
   * Whether `proof` shows possession of the claimed WireGuard key. The caller has checked that the challenge
   * is open.
   */
  verify(claim: Omit<PossessionClaim, 'sharedSecret'>, proof: Uint8Array): boolean {
    const challenge = this.#open.get(claim.challengeId);
    if (challenge === undefined) return false;
    let sharedSecret: Uint8Array;
    try {
      sharedSecret = x25519.getSharedSecret(challenge.secretKey, claim.wgPublicKey);
    } catch {
      // A key of small order gives an all-zero secret, which proves nothing.
      return false;
    }
    try {
      const expected = possessionProof({ ...claim, sharedSecret });
      const isProven = equalBytes(expected, proof);
      wipe(expected);
      return isProven;
    } finally {
      wipe(sharedSecret);
    }
  }

  /** Drops challenges that have expired, and the oldest ones if there are too many. */
  #sweep(nowMs: number): void {
    for (const [id, challenge] of this.#open) {
      if (challenge.expiresAtMs > nowMs && this.#open.size < MAX_OPEN) return;
      wipe(challenge.secretKey);
      this.#open.delete(id);
    }
  }
}
