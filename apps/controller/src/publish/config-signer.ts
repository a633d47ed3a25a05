// Signs configs. Those with sealed keys that are ready in the same moment are signed together, with one
// signature over a Merkle root: they are long, and Ed25519 hashes a message twice. At a boundary the PSK
// worker replies to many requests in one message, and all of their configs are ready then.

import { platformSha256 } from '@mesh/host';
import type { MeshId } from '@mesh/primitives';
import {
  type ConfigDelta,
  type FullConfig,
  MAX_BATCH_SIZE,
  type Sign,
  type SignedConfig,
  signConfigsWithDigests,
} from '@mesh/protocol';

export type Unsigned<T> = Omit<T, 'signature' | 'batch'> & {
  readonly signature?: never;
  readonly batch?: never;
};
export type UnsignedConfig = Unsigned<FullConfig> | Unsigned<ConfigDelta>;

interface Waiting {
  readonly body: UnsignedConfig;
  readonly resolve: (signed: SignedConfig) => void;
  readonly reject: (error: unknown) => void;
}

export class ConfigSigner {
  readonly #meshId: MeshId;
  readonly #sign: Sign;
  #waiting: Waiting[] = [];

  constructor(meshId: MeshId, sign: Sign) {
    this.#meshId = meshId;
    this.#sign = sign;
  }

  /**
   * Only configs with sealed keys share a signature, because a member of a batch learns hashes of the others'
   * configs. Sealed keys cannot be guessed. A config without them can: with its hash, a member could find out
   * by trying which scores the reason of another node names.
   *
   * @param takesBatches whether the agent understands configs that were signed together
   * @returns at once if it is signed alone, otherwise before the event loop handles its next event
   */
  sign(body: UnsignedConfig, takesBatches: boolean): SignedConfig | Promise<SignedConfig> {
    if (!takesBatches || body.keys === undefined || body.keys.suite === 'none') return this.#signAlone(body);
    return new Promise((resolve, reject) => {
      // It runs when no promise of this event is left to continue, and before the next event. So nothing that
      // arrives meanwhile, such as a denial, comes between building a config and sending it.
      if (this.#waiting.length === 0) process.nextTick(() => this.#signWaiting());
      this.#waiting.push({ body, resolve, reject });
    });
  }

  #signWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; from += MAX_BATCH_SIZE)
      this.#signTogether(waiting.slice(from, from + MAX_BATCH_SIZE));
  }

  #signTogether(batch: readonly Waiting[]): void {
    try {
      const bodies = batch.map(({ body }) => body);
      const signed = signConfigsWithDigests(bodies, this.#meshId, this.#sign, platformSha256);
      for (const [at, { resolve }] of batch.entries()) resolve(signed[at] as SignedConfig);
    } catch {
      // A config that cannot be written must not cost the others theirs.
      for (const { body, resolve, reject } of batch) {
        try {
          resolve(this.#signAlone(body));
        } catch (error) {
          reject(error);
        }
      }
    }
  }

  #signAlone(body: UnsignedConfig): SignedConfig {
    const [signed] = signConfigsWithDigests([body], this.#meshId, this.#sign, platformSha256);
    return signed as SignedConfig;
  }
}
