// What is known about one interface: the peers on it as last read, without those removed since; since when
// each peer is there; the endpoint that each peer was last given; and the node id of every public key that a
// config of this run has named.

import type { Clock } from '@mesh/host';
import type { NodeId } from '@mesh/primitives';
import type { Cidr, Endpoint, WgPublicKey } from '@mesh/wg';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { FoundPeer, ReconcileMemory } from '../../plan/reconcile.ts';

export class FoundPeers {
  readonly #clock: Clock;
  readonly #reconcileMs: number;
  #peers: readonly FoundPeer[] = [];
  /** The keys of `#peers`; undefined until they are asked for. */
  #present: ReadonlySet<WgPublicKey> | undefined;
  /**
   * Whether the interface was changed since `#peers` was read, other than by removals. Then only removals may
   * be planned from `#peers`.
   */
  #isStale = true;
  #nextReadMs = Number.NEGATIVE_INFINITY;
  #readAtMs = Number.NEGATIVE_INFINITY;
  readonly #names = new Map<WgPublicKey, NodeId>();
  readonly #endpoints = new Map<WgPublicKey, Endpoint>();
  /** When each peer on the interface was first read there, on the monotonic clock. */
  readonly #seenSinceMs = new Map<WgPublicKey, number>();

  /** @param reconcileMs how often the interface is read, because somebody else may have changed it */
  constructor(clock: Clock, reconcileMs: number) {
    this.#clock = clock;
    this.#reconcileMs = reconcileMs;
  }

  get peers(): readonly FoundPeer[] {
    return this.#peers;
  }

  /** Every public key that a config of this run has named. */
  get known(): { has(publicKey: WgPublicKey): boolean } {
    return this.#names;
  }

  get memory(): ReconcileMemory {
    return { endpoints: this.#endpoints };
  }

  /** The peers' public keys. The set is the same until the peers change. */
  get present(): ReadonlySet<WgPublicKey> {
    this.#present ??= new Set(this.#peers.map((peer) => peer.publicKey));
    return this.#present;
  }

  has(publicKey: WgPublicKey): boolean {
    return this.present.has(publicKey);
  }

  nodeOf(publicKey: WgPublicKey): NodeId | undefined {
    return this.#names.get(publicKey);
  }

  addressesOf(publicKeys: ReadonlySet<WgPublicKey>): readonly Cidr[] {
    return this.#peers.flatMap((peer) => (publicKeys.has(peer.publicKey) ? peer.allowedIps : []));
  }

  /** How long a peer has been on the interface, as far as this run knows. */
  presentForMs(publicKey: WgPublicKey): number {
    const nowMs = this.#clock.monotonicMs();
    return nowMs - (this.#seenSinceMs.get(publicKey) ?? nowMs);
  }

  /** How long until the interface must be read; 0 or less if now. */
  nextReadInMs(): number {
    return this.#nextReadMs - this.#clock.monotonicMs();
  }

  mustBeRead(): boolean {
    return this.#isStale || this.nextReadInMs() <= 0;
  }

  learnNames(config: HeldConfig): void {
    for (const peer of config.peers.values()) this.#names.set(peer.publicKey, peer.nodeId);
  }

  /** How long ago the interface was read. */
  ageMs(): number {
    return this.#clock.monotonicMs() - this.#readAtMs;
  }

  /**
   * Takes in a fresh reading. If nothing was changed since the one before and it shows the same peers,
   * `peers` stays the same list, and nobody has to compare a thousand of them.
   */
  adopt(peers: readonly FoundPeer[]): void {
    if (this.#isStale || !areSame(peers, this.#peers)) {
      this.#peers = peers;
      this.#present = undefined;
      this.#noteSeen();
    }
    this.#isStale = false;
    this.#readAtMs = this.#clock.monotonicMs();
    this.#nextReadMs = this.#readAtMs + this.#reconcileMs;
  }

  /**
   * Call it when the interface was or may have been changed other than by a removal. It must be read again
   * then.
   */
  outdate(): void {
    this.#isStale = true;
  }

  forget(publicKeys: ReadonlySet<WgPublicKey>): void {
    this.#peers = this.#peers.filter((peer) => !publicKeys.has(peer.publicKey));
    this.#present = undefined;
    for (const publicKey of publicKeys) {
      this.#endpoints.delete(publicKey);
      this.#seenSinceMs.delete(publicKey);
    }
  }

  endpointSet(publicKey: WgPublicKey, endpoint: Endpoint): void {
    this.#endpoints.set(publicKey, endpoint);
  }

  /**
   * Notes the endpoint of an added peer. Adding a peer that is already there does not change its endpoint, so
   * an endpoint that it was given earlier still counts.
   */
  endpointAdded(publicKey: WgPublicKey, endpoint: Endpoint): void {
    if (!this.#endpoints.has(publicKey)) this.#endpoints.set(publicKey, endpoint);
  }

  #noteSeen(): void {
    const nowMs = this.#clock.monotonicMs();
    const here = this.present;
    for (const publicKey of this.#seenSinceMs.keys())
      if (!here.has(publicKey)) this.#seenSinceMs.delete(publicKey);
    for (const publicKey of here)
      if (!this.#seenSinceMs.has(publicKey)) this.#seenSinceMs.set(publicKey, nowMs);
  }
}

function areSame(some: readonly FoundPeer[], others: readonly FoundPeer[]): boolean {
  return some.length === others.length && some.every((peer, at) => isSame(peer, others[at]));
}

function isSame(one: FoundPeer, other: FoundPeer | undefined): boolean {
  return (
    other !== undefined &&
    one.publicKey === other.publicKey &&
    one.presharedKeyDigest === other.presharedKeyDigest &&
    one.endpoint?.host === other.endpoint?.host &&
    one.endpoint?.port === other.endpoint?.port &&
    one.endpoint?.zone === other.endpoint?.zone &&
    one.persistentKeepaliveSeconds === other.persistentKeepaliveSeconds &&
    one.allowedIps.length === other.allowedIps.length &&
    one.allowedIps.every((block, at) => block === other.allowedIps[at])
  );
}
