// The root of one epoch's keys: 32 random bytes, in memory only, never persisted and never sent.

import { Redacted, SecretBytes } from '@mesh/primitives';
import { PskError } from './psk-error.ts';

export const EPOCH_SECRET_LENGTH_BYTES = 32;

/**
 * Owns 32 secret bytes, redacts itself when printed, zeroes them when disposed, and refuses use afterwards.
 */
export class EpochSecret extends Redacted {
  readonly #secret: SecretBytes;
  #disposed = false;

  private constructor(secret: SecretBytes) {
    super();
    this.#secret = secret;
  }

  /**
   * Takes over 32 bytes from a cryptographic random source, without a copy: the caller must not use them any
   * more.
   * @throws PskError `wrong_length`
   */
  static own(bytes: Uint8Array): EpochSecret {
    if (bytes.length !== EPOCH_SECRET_LENGTH_BYTES) {
      throw new PskError('wrong_length', 'an epoch secret has 32 bytes; draw them from the operating system');
    }
    return new EpochSecret(SecretBytes.own(bytes));
  }

  /**
   * Lends the bytes to `fn`, for the length of the call.
   * @throws PskError `disposed`
   */
  use<T>(fn: (bytes: Uint8Array) => T): T {
    if (this.#disposed) throw new PskError('disposed', 'this epoch secret was disposed; open a new epoch');
    return this.#secret.use(fn);
  }

  /** Zeroes the bytes. Disposing again does nothing. */
  dispose(): void {
    this.#disposed = true;
    this.#secret.dispose();
  }
}
