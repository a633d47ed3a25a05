// The contexts of one key-encapsulation key, one for each encapsulation that the controller made to it. The
// controller makes one encapsulation for each epoch, so a node decapsulates once for each epoch and key, and
// not for each config. The contexts are disposed of together with the key.

import { decodeBase64, type MeshId, type NodeId } from '@mesh/primitives';
import type { SealedKeys } from '@mesh/protocol';
import {
  type Aead,
  configSealAad,
  epochSealInfo,
  type KemPrivateKey,
  type ReceiverContext,
  setupReceiver,
  type X25519,
} from '@mesh/seal';

/** The config that keys came with. */
export interface SealedFor {
  readonly meshId: MeshId;
  readonly nodeId: NodeId;
  readonly version: string;
}

export interface SealPrimitives {
  readonly x25519: X25519;
  readonly aead: Aead;
}

/** Two for the epoch in force and the next one, and two more for a controller that has just restarted. */
const KEPT = 4;

export class ReceiverContexts {
  readonly privateKey: KemPrivateKey;
  readonly #primitives: SealPrimitives;
  /**
   * The contexts by epoch and encapsulation, the most recently used last. A context is kept only after it has
   * opened something.
   */
  readonly #contexts = new Map<string, ReceiverContext>();

  /** @param privateKey is owned by this object from now on */
  constructor(privateKey: KemPrivateKey, primitives: SealPrimitives) {
    this.privateKey = privateKey;
    this.#primitives = primitives;
  }

  /**
   * Opens the keys of a config.
   * @returns the plaintext, which the caller wipes
   * @throws SealError `cannot_open`
   */
  open(keys: SealedKeys, { meshId, nodeId, version }: SealedFor): Uint8Array {
    const name = `${meshId}/${nodeId}/${keys.epoch_id}/${keys.enc}`;
    const known = this.#contexts.get(name);
    const context = known ?? this.#setup(keys, { meshId, nodeId });
    try {
      const { sequence } = keys;
      const plaintext = context.open({
        sequence,
        aad: configSealAad(version),
        sealed: decodeBase64(keys.sealed),
      });
      this.#keep(name, context);
      return plaintext;
    } catch (error) {
      if (known === undefined) context.dispose();
      throw error;
    }
  }

  /** Zeroes the key and every context made with it. */
  dispose(): void {
    for (const context of this.#contexts.values()) context.dispose();
    this.#contexts.clear();
    this.privateKey.dispose();
  }

  #setup(keys: SealedKeys, { meshId, nodeId }: Omit<SealedFor, 'version'>): ReceiverContext {
    return setupReceiver(
      {
        suite: keys.suite,
        privateKey: this.privateKey,
        enc: decodeBase64(keys.enc),
        info: epochSealInfo({ meshId, nodeId, epochId: keys.epoch_id }),
      },
      this.#primitives.x25519,
      this.#primitives.aead,
    );
  }

  #keep(name: string, context: ReceiverContext): void {
    this.#contexts.delete(name);
    this.#contexts.set(name, context);
    for (const [oldest, dropped] of this.#contexts) {
      if (this.#contexts.size <= KEPT) return;
      dropped.dispose();
      this.#contexts.delete(oldest);
    }
  }
}
