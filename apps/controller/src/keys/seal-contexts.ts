// What the PSK worker seals with. For each node: its newest key, a context for each epoch that is not over,
// and one encapsulation made ahead, which becomes the context of whatever epoch is sealed next. Encapsulating
// is nearly all of what sealing costs, and needs no PSK. So it is done before the boundary, and only the
// cheap rest at the boundary.

import { type EpochId, encodeBase64, type MeshId, type NodeId, parseNodeId } from '@mesh/primitives';
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
  /** Base64. */
  readonly enc: string;
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
  /** Whether anybody has asked for this node since `closeBefore` was called last. */
  wanted: boolean;
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
   * Encapsulates ahead to the newest key of a node, unless that has been done, or the node is not known here
   * any more.
   * @throws SealError for a key that cannot be sealed to
   */
  prepare(nodeId: NodeId): void {
    const recipient = this.#recipients.get(nodeId);
    if (recipient !== undefined) recipient.prepared ??= this.#encapsulate(recipient.kemPublicKey);
  }

  /**
   * The context of an epoch's keys for a node. Each sealing with it has the next sequence. No two contexts
   * are made from one encapsulation.
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
      enc: encodeBase64(encapsulated.enc),
    };
    recipient.contexts.set(epochId, context);
    return context;
  }

  /**
   * Zeroes the contexts of the epochs before this one, and everything of nodes that nobody has asked for
   * since the last call.
   */
  closeBefore(epochId: EpochId): void {
    for (const [nodeId, recipient] of this.#recipients) {
      for (const [before, { sender }] of recipient.contexts) {
        if (before >= epochId) continue;
        sender.dispose();
        recipient.contexts.delete(before);
      }
      if (recipient.wanted || recipient.contexts.size > 0) recipient.wanted = false;
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
      known.wanted = true;
      return known;
    }
    if (known !== undefined) this.#forget(nodeId, known);
    const recipient: Recipient = { kemPublicKey, contexts: new Map(), prepared: undefined, wanted: true };
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
