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
import { type SignAll, SignTogether } from './sign-together.ts';

export type Unsigned<T> = Omit<T, 'signature' | 'batch'> & {
  readonly signature?: never;
  readonly batch?: never;
};
export type UnsignedConfig = Unsigned<FullConfig> | Unsigned<ConfigDelta>;

export class ConfigSigner {
  readonly #signAll: SignAll<UnsignedConfig, SignedConfig>;
  readonly #together: SignTogether<UnsignedConfig, SignedConfig>;

  constructor(meshId: MeshId, sign: Sign) {
    this.#signAll = (bodies) => signConfigsWithDigests(bodies, meshId, sign, platformSha256);
    this.#together = new SignTogether(this.#signAll, MAX_BATCH_SIZE);
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
    if (!takesBatches || body.keys === undefined || body.keys.suite === 'none')
      return this.#signAll([body])[0] as SignedConfig;
    return this.#together.sign(body);
  }
}
