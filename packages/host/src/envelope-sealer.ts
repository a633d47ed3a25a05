/**
 * Seals envelopes for thousands of rows that are written and read all day. The format is that of envelope.ts,
 * but many envelopes of a purpose share one salt and so one key: to derive a key costs four times as much as
 * to encrypt a row.
 */

import { type KeyObject, randomBytes } from 'node:crypto';
import { type SecretBytes, toHex } from '@mesh/primitives';
import { drawAhead } from './draw-ahead.ts';
import {
  deriveEnvelopeKey,
  type EnvelopeContext,
  NONCE_BYTES,
  openUnder,
  SALT_BYTES,
  saltOf,
  sealUnder,
} from './envelope.ts';

/** Far below the 2^32 random nonces that NIST SP 800-38D §8.3 allows under one key. */
const ENVELOPES_PER_SALT = 2 ** 20;
/** How many keys are kept for opening. A table that one process has sealed has few salts. */
const MAX_OPENING_KEYS = 256;

export interface EnvelopeSealer {
  /**
   * @returns a new envelope; the plaintext stays the caller's
   * @throws HostError `invalid_argument` (no purpose, or the master key's length)
   */
  seal(context: EnvelopeContext, plaintext: Uint8Array): Uint8Array;
  /**
   * @returns the plaintext in new memory that the caller owns and wipes
   * @throws HostError `envelope_invalid` (another master key, purpose or place, altered, cut short, or of an
   *   unknown version), `invalid_argument` (no purpose, or the master key's length)
   */
  open(context: EnvelopeContext, envelope: Uint8Array): Uint8Array;
}

interface SealingKey {
  readonly salt: Uint8Array;
  readonly key: KeyObject;
  left: number;
}

/**
 * @param masterKey 32 bytes. They are kept: the caller must not wipe or dispose of them while the sealer is
 *   in use.
 * @param envelopesPerSalt after how many envelopes a purpose gets a new salt
 */
export function createEnvelopeSealer(
  masterKey: Uint8Array | SecretBytes,
  envelopesPerSalt: number = ENVELOPES_PER_SALT,
): EnvelopeSealer {
  const sealing = new Map<string, SealingKey>();
  const opening = new Map<string, KeyObject>();
  const nextNonce = drawAhead(randomBytes, NONCE_BYTES);

  const sealingKey = (purpose: string): SealingKey => {
    const known = sealing.get(purpose);
    if (known !== undefined && known.left > 0) return known;
    const salt = new Uint8Array(randomBytes(SALT_BYTES));
    const fresh = { salt, key: deriveEnvelopeKey(masterKey, purpose, salt), left: envelopesPerSalt };
    sealing.set(purpose, fresh);
    return fresh;
  };
  const openingKey = (purpose: string, salt: Uint8Array): KeyObject => {
    const name = `${toHex(salt)} ${purpose}`;
    const known = opening.get(name);
    if (known !== undefined) return known;
    const key = deriveEnvelopeKey(masterKey, purpose, salt);
    const oldest = opening.size < MAX_OPENING_KEYS ? undefined : opening.keys().next().value;
    if (oldest !== undefined) opening.delete(oldest);
    opening.set(name, key);
    return key;
  };
  return {
    seal: (context, plaintext) => {
      const current = sealingKey(context.purpose);
      current.left -= 1;
      return sealUnder(current.key, current.salt, nextNonce(), context, plaintext);
    },
    open: (context, envelope) =>
      openUnder(openingKey(context.purpose, saltOf(context, envelope)), context, envelope),
  };
}
