// The expensive half of sealing, done in advance: an encapsulation to a public key (RFC 9180, section 4)
// depends neither on the plaintext nor on its purpose. Each encapsulation makes one sender context: see
// sender-context.ts.

import { Redacted, SecretBytes, wipe } from '@mesh/primitives';
import { checkLength } from './lengths.ts';
import { SealError } from './seal-error.ts';
import { refuseSpent } from './spent-randomness.ts';
import { kemOf, type SealSuite } from './suites.ts';
import { takeOver } from './take-over.ts';
import { portableX25519, type X25519 } from './x25519.ts';

/** Owns a shared secret that has not been used yet. Using it or disposing of it zeroes the bytes. */
export class Encapsulated extends Redacted {
  readonly suite: SealSuite;
  /** The receiver derives the same secret from it. It is public. */
  readonly enc: Uint8Array;
  #sharedSecret: SecretBytes | undefined;

  /** @internal Made by `encapsulateTo`. */
  constructor(suite: SealSuite, enc: Uint8Array, sharedSecret: SecretBytes) {
    super();
    this.suite = suite;
    this.enc = enc;
    this.#sharedSecret = sharedSecret;
  }

  /**
   * Lends the shared secret to `fn` once, then zeroes it: two contexts made from one secret and one info
   * would share every nonce.
   * @internal
   * @throws SealError `disposed`
   */
  useUp<T>(fn: (sharedSecret: Uint8Array) => T): T {
    const sharedSecret = this.#sharedSecret;
    if (sharedSecret === undefined) {
      throw new SealError('disposed', 'this encapsulation was used or disposed; encapsulate again');
    }
    try {
      return sharedSecret.use(fn);
    } finally {
      this.dispose();
    }
  }

  override dispose(): void {
    this.#sharedSecret?.dispose();
    this.#sharedSecret = undefined;
  }
}

export interface EncapsulateInput {
  readonly suite: SealSuite;
  /** The recipient's public key. */
  readonly publicKey: Uint8Array;
  /**
   * `encapsulationRandomnessLength(suite)` bytes from a cryptographic random source, new for every call. They
   * are taken over: zero when this returns.
   */
  readonly randomness: Uint8Array;
}

/**
 * Encap of RFC 9180, section 4, with the randomness passed in.
 * @throws SealError `unknown_suite`, `wrong_length`, `invalid_public_key`; `spent_randomness` for zeros
 */
export function encapsulateTo(input: EncapsulateInput, x25519: X25519 = portableX25519): Encapsulated {
  const { suite, publicKey, randomness } = input;
  const kem = kemOf(suite, x25519);
  kem.checkPublicKey(publicKey);
  checkLength(`the randomness of sealing to ${suite}`, randomness, kem.randomnessLengthBytes);
  refuseSpent(randomness);
  try {
    const { enc, sharedSecret } = kem.encapsulate(publicKey, randomness);
    return new Encapsulated(suite, enc, SecretBytes.own(takeOver(sharedSecret)));
  } finally {
    wipe(randomness);
  }
}
