// The sealer of a running controller, whose master key can change: during a rotation it seals under the next
// key, and opens what was sealed under either.

import type { Sealer } from './at-rest-sealer.ts';

export class SwitchableSealer implements Sealer {
  #newest: Sealer;
  #before: Sealer | undefined;

  constructor(sealer: Sealer) {
    this.#newest = sealer;
  }

  seal(purpose: string, subject: string, plaintext: Uint8Array): Uint8Array {
    return this.#newest.seal(purpose, subject, plaintext);
  }

  open(purpose: string, subject: string, sealed: Uint8Array): Uint8Array {
    if (this.#before === undefined) return this.#newest.open(purpose, subject, sealed);
    try {
      return this.#newest.open(purpose, subject, sealed);
    } catch {
      return this.#before.open(purpose, subject, sealed);
    }
  }

  /** From now on everything is sealed under `next`. */
  begin(next: Sealer): void {
    this.#before = this.#newest;
    this.#newest = next;
  }

  /** From now on only what was sealed under the newest key opens. */
  finish(): void {
    this.#before = undefined;
  }
}

/** Opens what either of two keys sealed, and seals under the first. */
export function eitherOf(newest: Sealer, before: Sealer): Sealer {
  const either = new SwitchableSealer(before);
  either.begin(newest);
  return either;
}
