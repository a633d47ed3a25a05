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
  signConfig,
  signConfigs,
} from '@mesh/protocol';
import { SignTogether } from './sign-together.ts';

export type Unsigned<T> = Omit<T, 'signature' | 'batch'> & {
  readonly signature?: never;
  readonly batch?: never;
};
export type UnsignedConfig = Unsigned<FullConfig> | Unsigned<ConfigDelta>;

export class ConfigSigner {
  readonly #sign: Sign;
  readonly #together: SignTogether<UnsignedConfig, string>;

  constructor(meshId: MeshId, sign: Sign) {
    this.#sign = sign;
    this.#together = new SignTogether(
      (bodies) => signConfigs(bodies, meshId, sign, platformSha256),
      MAX_BATCH_SIZE,
    );
  }

  /**
   * Only configs with sealed keys share a signature, because a member of a batch learns hashes of the others'
   * configs. Sealed keys cannot be guessed. A config without them can: with its hash, a member could find out
   * by trying which scores the reason of another node names.
   *
   * @param takesBatches whether the agent understands configs that were signed together
   * @returns the signed config as JSON: at once if it is signed alone, otherwise before the event loop
   *   handles its next event
   */
  sign(body: UnsignedConfig, takesBatches: boolean): string | Promise<string> {
    if (!takesBatches || body.keys === undefined || body.keys.suite === 'none')
      return signConfig(body, this.#sign);
    return this.#together.sign(body);
  }
}
