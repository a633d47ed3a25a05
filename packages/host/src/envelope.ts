/**
 * Secrets at rest: AES-256-GCM under a master key that is kept elsewhere.
 *
 *     envelope = 0x01 ‖ salt[16] ‖ nonce[12] ‖ ciphertext ‖ tag[16]
 *     key      = HKDF-SHA-256(ikm = masterKey, salt, info = "mesh/envelope/v1" ‖ lp(purpose))
 *     aad      = "mesh/envelope/v1" ‖ lp(purpose) ‖ aad
 *
 * Each purpose has its own key, so that bytes sealed for one purpose never open as another. Each random salt
 * gives another key too. The salt changes with every envelope, or at the latest after 2^20
 * (envelope-sealer.ts), so that even a busy table stays below the limit for random nonces (NIST SP 800-38D
 * §8.3 allows 2^32 under one key).
 */

import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { concatBytes, lengthPrefixed, SecretBytes, utf8, wipe } from '@mesh/primitives';
import { HostError } from './host-error.ts';

export interface EnvelopeContext {
  /** The kind of secret, a constant of the program: `ca-private-key`, `benchmark-details`. */
  readonly purpose: string;
  /** What it belongs to (a row's id, say), so that it cannot be moved to another place unnoticed. */
  readonly aad?: Uint8Array | string;
}

const VERSION = 1;
const LABEL = utf8('mesh/envelope/v1');
const KEY_BYTES = 32;
export const SALT_BYTES = 16;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + SALT_BYTES + NONCE_BYTES;

/** The length of an envelope minus that of its plaintext. */
export const ENVELOPE_OVERHEAD_BYTES = HEAD_BYTES + TAG_BYTES;

/** Seals under a derived key. The nonce must never have been used with this key. */
export function sealUnder(
  key: KeyObject,
  salt: Uint8Array,
  nonce: Uint8Array,
  context: EnvelopeContext,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(context));
  const body = cipher.update(plaintext);
  return concatBytes(Uint8Array.of(VERSION), salt, nonce, body, cipher.final(), cipher.getAuthTag());
}

/**
 * The salt of an envelope. Together with the purpose it determines the key.
 *
 * @throws HostError `envelope_invalid`
 */
export function saltOf(context: EnvelopeContext, envelope: Uint8Array): Uint8Array {
  if (envelope.length < ENVELOPE_OVERHEAD_BYTES) throw invalid(context, 'it is cut short');
  if (envelope[0] !== VERSION) {
    throw invalid(
      context,
      `its version ${String(envelope[0])} is unknown here: a newer program may have written it`,
    );
  }
  return envelope.subarray(1, 1 + SALT_BYTES);
}

/**
 * Opens an envelope that `saltOf` has accepted, under the key of its salt.
 *
 * @throws HostError `envelope_invalid`
 */
export function openUnder(key: KeyObject, context: EnvelopeContext, envelope: Uint8Array): Uint8Array {
  const nonce = envelope.subarray(1 + SALT_BYTES, HEAD_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(context));
  decipher.setAuthTag(envelope.subarray(envelope.length - TAG_BYTES));
  const body = decipher.update(envelope.subarray(HEAD_BYTES, envelope.length - TAG_BYTES));
  try {
    const tail = decipher.final();
    return concatBytes(body, tail);
  } catch {
    // The unauthenticated bytes are wiped below. Every cause gives the same error, without the platform's
    // reason.
    throw invalid(context, 'it was sealed under another master key or for another place, or was altered');
  } finally {
    wipe(body);
  }
}

/**
 * Gives key objects to node:crypto, not bytes. It would first try to read bytes as an object, fail, and build
 * an Error that nobody sees, which costs three times as much as the cryptography. OpenSSL clears key objects
 * when they are freed.
 */
export function deriveEnvelopeKey(
  masterKey: Uint8Array | SecretBytes,
  purpose: string,
  salt: Uint8Array,
): KeyObject {
  if (purpose === '') throw new HostError('invalid_argument', 'an envelope needs a purpose');
  const info = concatBytes(LABEL, lengthPrefixed(purpose));
  const derive = (master: Uint8Array) => {
    if (master.length !== KEY_BYTES) {
      throw new HostError(
        'invalid_argument',
        `the master key must be ${KEY_BYTES} bytes, not ${master.length}`,
      );
    }
    // The platform's HKDF, because the one of @mesh/primitives takes twice as long.
    const key = new Uint8Array(hkdfSync('sha256', createSecretKey(master), salt, info, KEY_BYTES));
    const held = createSecretKey(key);
    wipe(key);
    return held;
  };
  return masterKey instanceof SecretBytes ? masterKey.use(derive) : derive(masterKey);
}

function associatedData(context: EnvelopeContext): Uint8Array {
  const aad = context.aad ?? '';
  return concatBytes(LABEL, lengthPrefixed(context.purpose), typeof aad === 'string' ? utf8(aad) : aad);
}

function invalid(context: EnvelopeContext, why: string): HostError {
  return new HostError('envelope_invalid', `an envelope for ${context.purpose} does not open: ${why}`);
}
