// A node's key-encapsulation key pair. It is new each time and stays in memory; its public half goes out with
// the next signed message. This gives forward secrecy: once the private half is disposed of, nothing that was
// sealed to it can be opened, whatever else is stolen later.

import { copyBytes, Redacted, SecretBytes, wipe } from '@mesh/primitives';
import { type KemKeyId, kemKeyId } from './kem-public-key.ts';
import { checkLength } from './lengths.ts';
import { SealError } from './seal-error.ts';
import { refuseSpent } from './spent-randomness.ts';
import { kemOf, type SealSuite } from './suites.ts';
import { takeOver } from './take-over.ts';
import { portableX25519, type X25519 } from './x25519.ts';

/**
 * Owns the private key's bytes, redacts itself when printed, zeroes them when disposed, and refuses use
 * afterwards.
 */
export class KemPrivateKey extends Redacted {
  readonly suite: SealSuite;
  /** The id of its public key, by which a sender names the key that it sealed to. */
  readonly keyId: KemKeyId;
  readonly #publicKey: Uint8Array;
  #secret: SecretBytes | undefined;

  /** @internal Made by `generateKemKeyPair`. */
  constructor(suite: SealSuite, publicKey: Uint8Array, secret: SecretBytes) {
    super();
    this.suite = suite;
    this.keyId = kemKeyId(suite, publicKey);
    this.#publicKey = copyBytes(publicKey);
    this.#secret = secret;
  }

  /**
   * Lends the secret and the public key to `fn`, for the length of the call.
   * @internal
   * @throws SealError `disposed`
   */
  use<T>(fn: (secret: Uint8Array, publicKey: Uint8Array) => T): T {
    if (this.#secret === undefined) {
      throw new SealError(
        'disposed',
        'this private key was disposed; make a new pair and send its public key',
      );
    }
    return this.#secret.use((secret) => fn(secret, this.#publicKey));
  }

  override dispose(): void {
    this.#secret?.dispose();
    this.#secret = undefined;
  }
}

export interface KemKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: KemPrivateKey;
}

/**
 * A key pair from random bytes: DeriveKeyPair of RFC 9180, section 7.1.3, for X25519; the draft's key
 * generation from its seed for X-Wing.
 * @param seedBytes `kemSeedLength(suite)` (32) bytes from a cryptographic random source. They are taken over
 *   and are zero when this returns, so that no second key can come from them.
 * @throws SealError `unknown_suite`, `wrong_length`; `spent_randomness` for zeros
 */
export function generateKemKeyPair(
  suite: SealSuite,
  seedBytes: Uint8Array,
  x25519: X25519 = portableX25519,
): KemKeyPair {
  const kem = kemOf(suite, x25519);
  checkLength(`the seed of a ${suite} key pair`, seedBytes, kem.seedLengthBytes);
  refuseSpent(seedBytes);
  try {
    const { publicKey, secret } = kem.deriveKeyPair(seedBytes);
    return { publicKey, privateKey: new KemPrivateKey(suite, publicKey, SecretBytes.own(takeOver(secret))) };
  } finally {
    wipe(seedBytes);
  }
}
