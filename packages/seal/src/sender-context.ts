// HPKE's sender context in base mode (RFC 9180, sections 5.1.1 and 5.2): one encapsulation, many messages,
// each under its own nonce.

import { Redacted } from '@mesh/primitives';
import { type Aead, portableAead } from './aead.ts';
import { ContextKey, MAX_SEQUENCE } from './context-key.ts';
import type { Encapsulated } from './encapsulated.ts';
import { scheduleMessageKey } from './key-schedule.ts';
import { SealError } from './seal-error.ts';
import type { SealSuite } from './suites.ts';

export interface MessageInput {
  /** Bytes that are sent in the clear with the message and must not be replaced. May be empty. */
  readonly aad: Uint8Array;
  /** Stays the caller's, who wipes it. */
  readonly plaintext: Uint8Array;
}

export interface SealedMessage {
  /** Goes with the message: the receiver needs it to open it. */
  readonly sequence: number;
  /** ciphertext ‖ tag, the caller's: 16 bytes more than the plaintext. */
  readonly sealed: Uint8Array;
}

/**
 * Owns its key, redacts itself when printed, zeroes the key when disposed, and refuses use afterwards. The
 * message counter exists only in this object. It cannot be stored, copied or set back, so no nonce repeats.
 */
export class SenderContext extends Redacted {
  readonly suite: SealSuite;
  /** Goes with every message, or once before them; public. */
  readonly enc: Uint8Array;
  readonly #aead: Aead;
  #key: ContextKey | undefined;
  #next: number;

  /** @internal Made by `setupSender`. */
  constructor(suite: SealSuite, enc: Uint8Array, key: ContextKey, aead: Aead, firstSequence = 0) {
    super();
    this.suite = suite;
    this.enc = enc;
    this.#aead = aead;
    this.#key = key;
    this.#next = firstSequence;
  }

  /**
   * Seals the next message: ContextS.Seal, section 5.2.
   * @throws SealError `message_limit` after 2^53 messages; `disposed`
   */
  seal({ aad, plaintext }: MessageInput): SealedMessage {
    if (this.#key === undefined) {
      throw new SealError('disposed', 'this context was disposed; set up another with a new encapsulation');
    }
    if (this.#next > MAX_SEQUENCE) {
      throw new SealError('message_limit', 'this context has sealed all that it can; set up another');
    }
    // The counter advances first: a failure half-way wastes a number and never repeats one.
    const sequence = this.#next++;
    const sealed = this.#key.use(sequence, (key, nonce) => this.#aead.seal(key, nonce, aad, plaintext));
    return { sequence, sealed };
  }

  override dispose(): void {
    this.#key?.destroy();
    this.#key = undefined;
  }
}

/**
 * SetupBaseS of RFC 9180, section 5.1.1. It uses the encapsulation up.
 * @param info what the context is for. The receiver must pass the same bytes. See `epochSealInfo`.
 * @throws SealError `disposed` for an encapsulation that was used before
 */
export function setupSender(
  encapsulated: Encapsulated,
  info: Uint8Array,
  aead: Aead = portableAead,
): SenderContext {
  const { suite, enc } = encapsulated;
  const key = encapsulated.useUp((sharedSecret) => scheduleMessageKey(suite, sharedSecret, info));
  return new SenderContext(suite, enc, new ContextKey(key), aead);
}
