// Checks an enrolment for a fake controller, as a real one would.

import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeBase64, encodeBase64, equalBytes } from '@mesh/primitives';
import {
  type EnrolmentMessage,
  enrolmentMessage,
  type Problem,
  parseJoinToken,
  possessionProof,
  problem,
  verifyMessage,
} from '@mesh/protocol';
import { rawPublicKey } from './raw-public-key.ts';

export class FakeEnrolment {
  readonly tokenSecret = new Uint8Array(32).fill(7);
  readonly #challenges = new Map<string, KeyObject>();

  newChallenge(): { challenge_id: string; x25519_public_key: string } {
    const pair = generateKeyPairSync('x25519');
    const challengeId = `challenge-${this.#challenges.size}-0123456789`;
    this.#challenges.set(challengeId, pair.privateKey);
    return { challenge_id: challengeId, x25519_public_key: rawPublicKey(pair.publicKey) };
  }

  /** @returns what is wrong with it; undefined if nothing is */
  objectionTo(body: unknown): Problem | undefined {
    const message = enrolmentMessage.parse(body);
    const identityKey = decodeBase64(message.identity_key);
    if (!verifyMessage('enrolment', message, identityKey)) return problem('bad_signature', 'enrolment');
    const secret = parseJoinToken(message.token).secret;
    if (!equalBytes(secret, this.tokenSecret)) return problem('token_invalid', 'the token is unknown');
    if (!(['a', 'b'] as const).every((slot) => this.#provesPossession(message, identityKey, slot)))
      return problem('possession_failed', 'slots a and b');
    return undefined;
  }

  #provesPossession(message: EnrolmentMessage, identityKey: Uint8Array, slot: 'a' | 'b'): boolean {
    const privateKey = this.#challenges.get(message.challenge_id);
    const claimed = message.wg_public_keys[slot];
    if (privateKey === undefined || claimed === undefined) return false;
    const wgPublicKey = decodeBase64(claimed);
    const publicKey = {
      key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(wgPublicKey).toString('base64url') },
      format: 'jwk' as const,
    };
    const sharedSecret = new Uint8Array(diffieHellman({ privateKey, publicKey: createPublicKey(publicKey) }));
    const expected = possessionProof({
      sharedSecret,
      challengeId: message.challenge_id,
      nodeId: message.node_id,
      identityKey,
      slot,
      wgPublicKey,
    });
    return encodeBase64(expected) === message.wg_proofs[slot];
  }
}
