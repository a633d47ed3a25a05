// HPKE's receiver context in base mode (RFC 9180, sections 5.1.1 and 5.2), with one difference: each message
// carries its sequence number, because answers over HTTP get lost and are asked for again. The aad keeps an
// old message from passing for a new one. Every failure gives the same error, so that a sender learns nothing
// from it.

import { Redacted, wipe } from '@mesh/primitives';
import { type Aead, portableAead } from './aead.ts';
import { ContextKey, MAX_SEQUENCE } from './context-key.ts';
import type { KemPrivateKey } from './kem-key-pair.ts';
import { scheduleMessageKey, TAG_LENGTH_BYTES } from './key-schedule.ts';
import { SealError } from './seal-error.ts';
import { kemOf, type SealSuite } from './suites.ts';
import { portableX25519, type X25519 } from './x25519.ts';

export interface OpenMessageInput {
  /** The number that the message names: a whole number from 0, below 2^53. */
  readonly sequence: number;
  readonly aad: Uint8Array;
  /** ciphertext ‖ tag. */
  readonly sealed: Uint8Array;
}

/** Owns its key, redacts itself when printed, zeroes the key when disposed, and refuses use afterwards. */
export class ReceiverContext extends Redacted {
  readonly #aead: Aead;
  #key: ContextKey | undefined;

  /** @internal Made by `setupReceiver`. */
  constructor(key: ContextKey, aead: Aead) {
    super();
    this.#aead = aead;
    this.#key = key;
  }

  /**
   * Opens one message. Messages may come in any order and more than once.
   * @returns the plaintext, owned by the caller, who wipes it
   * @throws SealError `cannot_open` for any other message: cut short, changed, with another number or aad,
   *   out of range; `disposed`
   */
  open({ sequence, aad, sealed }: OpenMessageInput): Uint8Array {
    if (this.#key === undefined) {
      throw new SealError('disposed', 'this context was disposed, with the private key that it came from');
    }
    if (!isSequence(sequence) || sealed.length < TAG_LENGTH_BYTES) throw cannotOpen();
    try {
      return this.#key.use(sequence, (key, nonce) => this.#aead.open(key, nonce, aad, sealed));
    } catch {
      // It has no cause, on purpose.
      throw cannotOpen();
    }
  }

  override dispose(): void {
    this.#key?.destroy();
    this.#key = undefined;
  }
}

export interface SetupReceiverInput {
  /** The suite that the sender names. */
  readonly suite: SealSuite;
  readonly privateKey: KemPrivateKey;
  readonly enc: Uint8Array;
  readonly info: Uint8Array;
}

/**
 * SetupBaseR of RFC 9180, section 5.1.1. A context proves nothing about `enc`: only a message that opens
 * does.
 * @throws SealError `cannot_open` for an impossible `enc` or another suite than the key's; `disposed` for a
 *   private key that was disposed of
 */
export function setupReceiver(
  input: SetupReceiverInput,
  x25519: X25519 = portableX25519,
  aead: Aead = portableAead,
): ReceiverContext {
  const { suite, privateKey, enc, info } = input;
  return privateKey.use((secret, publicKey) => {
    if (suite !== privateKey.suite) throw cannotOpen();
    const kem = kemOf(suite, x25519);
    if (enc.length !== kem.encLengthBytes) throw cannotOpen();
    let sharedSecret: Uint8Array | undefined;
    try {
      sharedSecret = kem.decapsulate(enc, secret, publicKey);
      return new ReceiverContext(new ContextKey(scheduleMessageKey(suite, sharedSecret, info)), aead);
    } catch {
      // The KEM refused a point in `enc`.
      throw cannotOpen();
    } finally {
      if (sharedSecret !== undefined) wipe(sharedSecret);
    }
  });
}

const isSequence = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= MAX_SEQUENCE;

/** The one error for everything that does not open. */
export function cannotOpen(): SealError {
  return new SealError(
    'cannot_open',
    'this cannot be opened with this key; send the current public key and ask again',
  );
}
