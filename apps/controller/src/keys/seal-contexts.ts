// Keeps what the PSK worker seals with. For each node that is its newest key, a context for each epoch that
// is not over, and one encapsulation made ahead, which the next epoch that needs a context will use.
// Encapsulating is nearly the whole cost of sealing and needs no PSK. So it is done before the boundary, and
// only the cheap rest is done at the boundary.

import { type EpochId, type MeshId, type NodeId, parseNodeId } from '@mesh/primitives';
import {
  type Aead,
  type Encapsulated,
  encapsulateTo,
  encapsulationRandomnessLength,
  epochSealInfo,
  type KemKeyId,
  kemKeyId,
  parseKemPublicKey,
  type SenderContext,
  setupSender,
  type X25519,
} from '@mesh/seal';

export interface SealContextsPorts {
  /** Fills bytes from a cryptographic random source. */
  readonly fillRandom: (bytes: Uint8Array) => Uint8Array;
  readonly x25519: X25519;
  readonly aead: Aead;
}

export interface EpochContext {
  readonly sender: SenderContext;
  readonly kemKeyId: KemKeyId;
}

interface Prepared {
  readonly encapsulated: Encapsulated;
  readonly kemKeyId: KemKeyId;
}

interface Recipient {
  /** `SUITE:BASE64`. */
  readonly kemPublicKey: string;
  readonly contexts: Map<EpochId, EpochContext>;
  prepared: Prepared | undefined;
  /** Whether this node was used since the last call of `closeBefore`. */
  wasUsed: boolean;
}

export class SealContexts {
  readonly #ports: SealContextsPorts;
  readonly #recipients = new Map<NodeId, Recipient>();

  constructor(ports: SealContextsPorts) {
    this.#ports = ports;
  }

  /** Says what a node's newest key is. Everything for an older key is zeroed. */
  announce(nodeId: NodeId, kemPublicKey: string): void {
    this.#recipient(nodeId, kemPublicKey);
  }

  /**
   * Encapsulates ahead to the newest key of a node. Does nothing if that has been done or the node has been
   * forgotten.
   * @throws SealError for a key that cannot be sealed to
   */
  prepare(nodeId: NodeId): void {
    const recipient = this.#recipients.get(nodeId);
    if (recipient !== undefined) recipient.prepared ??= this.#encapsulate(recipient.kemPublicKey);
  }

  /**
   * The context that seals an epoch's keys to a node. Each message sealed with it gets the next sequence. An
   * encapsulation is used for one context only.
   * @throws SealError for a key that cannot be sealed to
   */
  contextFor(
    { meshId, nodeId, epochId }: { meshId: MeshId; nodeId: NodeId; epochId: EpochId },
    kemPublicKey: string,
  ): EpochContext {
    const recipient = this.#recipient(nodeId, kemPublicKey);
    const held = recipient.contexts.get(epochId);
    if (held !== undefined) return held;
    const { encapsulated, kemKeyId } = recipient.prepared ?? this.#encapsulate(kemPublicKey);
    recipient.prepared = undefined;
    const info = epochSealInfo({ meshId, nodeId: parseNodeId(nodeId), epochId });
    const context = {
      sender: setupSender(encapsulated, info, this.#ports.aead),
      kemKeyId,
    };
    recipient.contexts.set(epochId, context);
    return context;
  }

  /**
   * Zeroes the contexts of earlier epochs. Forgets nodes that have no context left and were not used since
   * the last call.
   */
  closeBefore(epochId: EpochId): void {
    for (const [nodeId, recipient] of this.#recipients) {
      for (const [before, { sender }] of recipient.contexts) {
        if (before >= epochId) continue;
        sender.dispose();
        recipient.contexts.delete(before);
      }
      if (recipient.wasUsed || recipient.contexts.size > 0) recipient.wasUsed = false;
      else this.#forget(nodeId, recipient);
    }
  }

  /** Zeroes everything. */
  closeAll(): void {
    for (const [nodeId, recipient] of this.#recipients) this.#forget(nodeId, recipient);
  }

  #recipient(nodeId: NodeId, kemPublicKey: string): Recipient {
    const known = this.#recipients.get(nodeId);
    if (known?.kemPublicKey === kemPublicKey) {
      known.wasUsed = true;
      return known;
    }
    if (known !== undefined) this.#forget(nodeId, known);
    const recipient: Recipient = { kemPublicKey, contexts: new Map(), prepared: undefined, wasUsed: true };
    this.#recipients.set(nodeId, recipient);
    return recipient;
  }

  #forget(nodeId: NodeId, { contexts, prepared }: Recipient): void {
    prepared?.encapsulated.dispose();
    for (const { sender } of contexts.values()) sender.dispose();
    this.#recipients.delete(nodeId);
  }

  #encapsulate(kemPublicKey: string): Prepared {
    const { suite, publicKey } = parseKemPublicKey(kemPublicKey);
    const { fillRandom, x25519 } = this.#ports;
    const randomness = fillRandom(new Uint8Array(encapsulationRandomnessLength(suite)));
    return {
      encapsulated: encapsulateTo({ suite, publicKey, randomness }, x25519),
      kemKeyId: kemKeyId(suite, publicKey),
    };
  }
}
