// An owner of secret bytes. It zeroes them when disposed, refuses use afterwards, and shows "[secret]"
// wherever an object can be printed by accident. It gives out no string, because JavaScript strings cannot be
// zeroed: encode in `use`, at the last moment.

import { copyBytes, wipe } from './bytes.ts';
import { PrimitivesError } from './primitives-error.ts';
import { Redacted } from './redacted.ts';

export class SecretBytes extends Redacted {
  #bytes: Uint8Array | undefined;

  private constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
  }

  /** Takes the bytes over, without a copy: the caller must not keep, change or use them any more. */
  static own(bytes: Uint8Array): SecretBytes {
    return new SecretBytes(bytes);
  }

  get lengthBytes(): number {
    return this.#live().length;
  }

  /**
   * Lends the bytes to `fn`, for the length of the call; `fn` must not keep them.
   * @throws PrimitivesError `disposed`
   */
  use<T>(fn: (bytes: Uint8Array) => T): T {
    return fn(this.#live());
  }

  /**
   * A copy, owned by the caller, who wipes it.
   * @throws PrimitivesError `disposed`
   */
  copy(): Uint8Array {
    return copyBytes(this.#live());
  }

  /** Zeroes the bytes. Disposing again does nothing. */
  dispose(): void {
    if (this.#bytes !== undefined) wipe(this.#bytes);
    this.#bytes = undefined;
  }

  #live(): Uint8Array {
    if (this.#bytes === undefined) {
      throw new PrimitivesError(
        'disposed',
        'this secret was disposed and its bytes zeroed; derive a new one',
      );
    }
    return this.#bytes;
  }
}
