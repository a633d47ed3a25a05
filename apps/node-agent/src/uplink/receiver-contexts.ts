// What one key-encapsulation key has come to open: a context for each encapsulation of the controller's, of which it makes
// one an epoch. So a node decapsulates once an epoch and key, and not once a config. They go with the key.

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

/** The epoch in force, the next one, and as many again for a controller that was started anew. */
const KEPT = 4;

export class ReceiverContexts implements Disposable {
  readonly privateKey: KemPrivateKey;
  readonly #primitives: SealPrimitives;
  /** By epoch and encapsulation, the one used last at the end. Only those that have opened something. */
  readonly #contexts = new Map<string, ReceiverContext>();

  /** Takes the key over. */
  constructor(privateKey: KemPrivateKey, primitives: SealPrimitives) {
    this.privateKey = privateKey;
    this.#primitives = primitives;
  }

  /** How many contexts are kept. */
  get size(): number {
    return this.#contexts.size;
  }

  /**
   * Opens the keys of a config.
   * @returns the plaintext, the caller's to wipe
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

  /** Zeroes the key and all that came of it. */
  dispose(): void {
    for (const context of this.#contexts.values()) context.dispose();
    this.#contexts.clear();
    this.privateKey.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
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
