// What nodes are told, and when. Commits and cuts come in; each changes the index, the feed, and wakes the blocking
// queries that it concerns. Answers are built from what is true at that moment; on the path of a denial nothing is
// derived.

import type { MembershipIndex, MeshEvent, PairLimits } from '@mesh/membership';
import { epochsAt, lastEpochId, type MeshView, type NodeRecord } from '@mesh/membership';
import type { EpochId, NodeId } from '@mesh/primitives';
import {
  ChangeFeed,
  type ChangeScope,
  formatVersion,
  type NamedVersion,
  parseVersion,
  type Version,
} from './change-feed.ts';
import type { Waiters } from './waiters.ts';

export interface PublicationOptions {
  readonly view: MeshView;
  readonly members: MembershipIndex;
  readonly waiters: Waiters;
  readonly limits: PairLimits;
  /** Where others reach a node. */
  readonly endpointOf: (node: NodeRecord) => string | null;
  /** Where the change counter goes on: the size of the log. */
  readonly counterStart: number;
}

/** What lies between a version that a node has and now. */
export type News =
  | { readonly kind: 'none' }
  /** The difference cannot be told, or concerns the node itself. */
  | { readonly kind: 'everything' }
  | {
      readonly kind: 'difference';
      readonly base: NamedVersion;
      /** Peers that came, went or changed: with keys. */
      readonly changed: readonly NodeId[];
      /** Peers to which only the limit changed: without. */
      readonly limited: readonly NodeId[];
      readonly newEpoch: boolean;
    };

export class Publication {
  readonly #options: PublicationOptions;
  readonly #feed: ChangeFeed;
  /** Who has sent a key to seal to. */
  readonly #sealable = new Set<NodeId>();
  readonly #cutListeners = new Set<(node: NodeRecord) => void>();
  /** Where each node was last known to be reached. */
  readonly #endpoints = new Map<NodeId, string | null>();
  /** The oldest epoch whose keys this process ever held; older ones belong to an earlier one. */
  #firstHeld: EpochId | undefined;
  /** The newest epoch that has come into force: the secrets of those before it are gone, whatever the clock says now. */
  #inForce: EpochId | 0 = 0;

  constructor(options: PublicationOptions) {
    this.#options = options;
    this.#feed = new ChangeFeed(options.counterStart);
    for (const node of options.view.nodes()) {
      options.members.update(node);
      this.#noteSealable(node);
      this.#endpoints.set(node.nodeId, options.endpointOf(node));
    }
  }

  version(): Version {
    return { epochId: lastEpochId(this.#options.view), counter: this.#feed.counter };
  }

  /** Whether a first epoch was opened by this process: before that there is nothing to publish. */
  get ready(): boolean {
    return this.#firstHeld !== undefined;
  }

  /** The epochs in force and pending whose secrets this process holds. */
  heldEpochs(nowMs: number): ReturnType<typeof epochsAt> {
    const held = this.#epochsAt(nowMs);
    const isHeld = (epochId: EpochId | undefined) =>
      epochId !== undefined && this.#firstHeld !== undefined && epochId >= this.#firstHeld;
    return {
      current: isHeld(held.current?.epochId) ? held.current : undefined,
      next: isHeld(held.next?.epochId) ? held.next : undefined,
    };
  }

  /** An epoch has come into force; the secrets of those before it are being zeroed. */
  cameIntoForce(epochId: EpochId): void {
    this.#inForce = epochId;
  }

  /** A clock that is set back over a boundary brings no epoch back. */
  #epochsAt(nowMs: number): ReturnType<typeof epochsAt> {
    const { view } = this.#options;
    const { current, next } = epochsAt(view, nowMs);
    if ((current?.epochId ?? 0) >= this.#inForce) return { current, next };
    return {
      current: view.epochs().find(({ epochId }) => epochId === this.#inForce),
      next: (next?.epochId ?? 0) > this.#inForce ? next : undefined,
    };
  }

  /** Takes in a committed batch. */
  apply(events: readonly MeshEvent[]): void {
    for (const event of events) {
      if (event.type === 'epoch_opened') {
        this.#firstHeld ??= event.epochId;
        this.#endProbations(event.epochId);
        this.#options.waiters.wakeAll();
      } else if ('nodeId' in event && event.nodeId !== undefined && event.type !== 'token_created') {
        const node = this.#options.view.node(event.nodeId);
        if (node !== undefined) this.#applyTo(node, event);
      }
    }
  }

  /** A denial in force before the disk knows of it. @returns whether the node was in */
  cut(node: NodeRecord, reason: Parameters<MembershipIndex['cut']>[1]): boolean {
    const { members } = this.#options;
    if (!members.isIn(node)) return false;
    members.cut(node.nodeId, reason);
    this.#changed(node, 'peers');
    return true;
  }

  /** A decline in force before the disk knows of it: what limits does not wait for it either. */
  decline(node: NodeRecord, reason: Parameters<MembershipIndex['decline']>[1]): void {
    const { members } = this.#options;
    if (!members.isIn(node) || members.isDeclining(node)) return;
    members.decline(node.nodeId, reason);
    this.#changed(node, 'limits');
  }

  /** Has a node told everything anew. */
  refresh(nodeId: NodeId): void {
    const node = this.#options.view.node(nodeId);
    if (node !== undefined) this.#changed(node, 'self');
  }

  /** Has every node told how long leases last now: a delta of nothing else, for which no key is derived. */
  leaseChanged(): void {
    this.#feed.recordLease();
    this.#options.waiters.wakeAll();
  }

  /** Takes a cut back that the journal did not confirm. */
  restore(node: NodeRecord): void {
    const { members } = this.#options;
    if (members.cutReason(node.nodeId) === undefined) return;
    members.uncut(node.nodeId);
    this.#changed(node, 'peers');
  }

  /** Takes a decline back that the journal did not confirm. */
  undecline(node: NodeRecord): void {
    const { members } = this.#options;
    if (members.declineReason(node.nodeId) === undefined) return;
    members.undecline(node.nodeId);
    this.#changed(node, 'limits');
  }

  /** What a node that has `text` has to be told. */
  newsFor(node: NodeRecord, text: string | undefined): News {
    const base = text === undefined ? undefined : parseVersion(text);
    if (base === undefined || this.#firstHeld === undefined || base.epochId < this.#firstHeld)
      return { kind: 'everything' };
    const now = this.version();
    if (base.epochId === now.epochId && base.counter === now.counter) return { kind: 'none' };
    const changes = this.#feed.since(base.counter, node.nodeId);
    if (changes === undefined || changes.self || base.epochId > now.epochId) return { kind: 'everything' };
    const { members, view } = this.#options;
    const newEpoch = base.epochId !== now.epochId;
    if (!members.isIn(node)) return newEpoch ? { kind: 'everything' } : { kind: 'none' };
    // The node holds the epoch before the newest at most: with an older one it needs everything.
    if (newEpoch && base.epochId !== view.epochs().at(-2)?.epochId) return { kind: 'everything' };
    const isPeer = (nodeId: NodeId) => {
      const peer = view.node(nodeId);
      return peer !== undefined && members.arePeers(node, peer);
    };
    const changed = changes.peers.filter(isPeer);
    const limited = changes.ownLimits
      ? this.#peersBut(node, new Set(changed))
      : changes.limits.filter(isPeer);
    return changed.length === 0 && limited.length === 0 && !newEpoch && !changes.lease
      ? { kind: 'none' }
      : { kind: 'difference', base, changed, limited, newEpoch };
  }

  /** Calls back for every node that is out from now on. @returns stops it; to be called in every case */
  onCut(listener: (node: NodeRecord) => void): () => void {
    this.#cutListeners.add(listener);
    return () => void this.#cutListeners.delete(listener);
  }

  currentVersion(): string {
    return formatVersion(this.version());
  }

  #peersBut(node: NodeRecord, others: ReadonlySet<NodeId>): NodeId[] {
    const peers = [...this.#options.members.peersOf(node)].map(({ nodeId }) => nodeId);
    return peers.filter((nodeId) => !others.has(nodeId));
  }

  /** Whose limit changes with this epoch is told its limits anew, and so are its peers. */
  #endProbations(epochId: EpochId): void {
    const { view, members, limits } = this.#options;
    for (const node of view.nodes()) {
      if (limits.probationEndsWith(node) === epochId && members.isIn(node)) this.#changed(node, 'limits');
    }
  }

  #applyTo(node: NodeRecord, event: MeshEvent): void {
    const { members } = this.#options;
    const wasIn = members.isIn(node);
    const wasDeclining = members.isDeclining(node);
    members.update(node);
    const isIn = members.isIn(node);
    const becameSealable = this.#noteSealable(node);
    // The record is that of the whole batch: whichever event of it comes first may change who is in, and how. What was
    // in force ahead of the disk has been told already.
    if (isIn !== wasIn) this.#changed(node, 'peers');
    else if (isIn && members.isDeclining(node) !== wasDeclining) this.#changed(node, 'limits');
    // One that was without keys for want of a key to seal to. Another key alone is no news: keys that the node has opened
    // stay good, and one that cannot open asks by itself.
    if (isIn && becameSealable) this.#changed(node, 'self');
    switch (event.type) {
      case 'endpoint_reported':
        if (this.#hasMoved(node) && isIn) this.#changed(node, 'peers');
        return;
      case 'node_enrolled':
        this.#endpoints.set(node.nodeId, this.#options.endpointOf(node));
        return;
      case 'benchmark_accepted':
      case 'node_quarantined':
      case 'node_released':
      case 'node_revoked':
      case 'node_left':
        if (!isIn) this.#changed(node, 'self');
        return;
      default:
        return;
    }
  }

  /** @returns whether it could not be sealed to before */
  #noteSealable({ nodeId, kemPublicKey }: NodeRecord): boolean {
    const before = this.#sealable.has(nodeId);
    if (kemPublicKey === undefined) this.#sealable.delete(nodeId);
    else this.#sealable.add(nodeId);
    return kemPublicKey !== undefined && !before;
  }

  /** Whether others reach the node elsewhere than before: only that concerns them. */
  #hasMoved(node: NodeRecord): boolean {
    const endpoint = this.#options.endpointOf(node);
    const before = this.#endpoints.get(node.nodeId);
    this.#endpoints.set(node.nodeId, endpoint);
    return before !== endpoint;
  }

  #changed(node: NodeRecord, scope: ChangeScope): void {
    const { members, view, waiters } = this.#options;
    this.#feed.record(node.nodeId, scope);
    if (scope === 'peers' && !members.isIn(node)) for (const tell of this.#cutListeners) tell(node);
    if (scope === 'self') {
      waiters.wakeOne(node.nodeId);
      return;
    }
    waiters.wake((nodeId) => {
      if (nodeId === node.nodeId) return true;
      const waiting = view.node(nodeId);
      return waiting !== undefined && members.isIn(waiting) && members.arePeers(waiting, node);
    });
  }
}
