// Publishes changes to the nodes. Each commit and each cut changes the index of members and the change feed,
// and wakes the blocking queries that it concerns. Answers are built from the state at the moment of
// building. No key is derived on the way of a denial.

import type { HeldEvent, MembershipIndex, MeshEvent, PairLimits } from '@mesh/membership';
import { lastEpochId, type MeshView, type NodeRecord } from '@mesh/membership';
import type { EpochId, NodeId } from '@mesh/primitives';
import { ChangeFeed, formatVersion, type Version } from './change-feed.ts';
import { findNews, type News } from './find-news.ts';
import { KnownNodes } from './known-nodes.ts';
import { ServedEpochs } from './served-epochs.ts';
import { TellChanges } from './tell-changes.ts';
import type { Waiters } from './waiters.ts';

export interface PublicationOptions {
  readonly view: MeshView;
  readonly members: MembershipIndex;
  readonly waiters: Waiters;
  readonly pairLimits: PairLimits;
  /** Where others reach a node; null if nowhere. */
  readonly endpointOf: (node: NodeRecord) => string | null;
  /** The first value of the change counter: the size of the log. */
  readonly counterStart: number;
}

export class Publication {
  readonly #options: PublicationOptions;
  readonly #feed: ChangeFeed;
  readonly #tell: TellChanges;
  readonly #known: KnownNodes;
  readonly #epochs: ServedEpochs;

  constructor(options: PublicationOptions) {
    this.#options = options;
    this.#feed = new ChangeFeed(options.counterStart);
    this.#epochs = new ServedEpochs(options.view);
    this.#tell = new TellChanges({ ...options, feed: this.#feed });
    this.#known = new KnownNodes(options);
    options.members.open(lastEpochId(options.view));
    for (const node of options.view.nodes()) {
      options.members.update(node);
      this.#known.noteSealable(node);
      this.#known.noteHeld(node);
      this.#known.noteEndpoint(node);
    }
  }

  version(): Version {
    return { epochId: lastEpochId(this.#options.view), counter: this.#feed.counter };
  }

  /** Whether this process has opened an epoch. Before that there is nothing to publish. */
  get ready(): boolean {
    return this.#epochs.first !== undefined;
  }

  /** The epoch in force and the pending one, if this process holds their secrets. */
  heldEpochs(nowMs: number): ReturnType<ServedEpochs['at']> {
    return this.#epochs.at(nowMs);
  }

  /** Call it when an epoch has come into force. The secrets of earlier epochs are being zeroed. */
  cameIntoForce(epochId: EpochId): void {
    this.#epochs.cameIntoForce(epochId);
  }

  /** Call it with each committed batch. */
  apply(events: readonly MeshEvent[]): void {
    for (const event of events) {
      if (event.type === 'node_deleted') this.#forget(event.nodeId, event.class);
      else if (event.type === 'epoch_opened') {
        this.#epochs.opened(event.epochId);
        // They are not woken for each other: everybody is woken.
        for (const node of this.#options.members.open(event.epochId)) this.#feed.record(node.nodeId, 'peers');
        this.#endProbations(event.epochId);
        this.#options.waiters.wakeAll();
      } else if ('nodeId' in event && event.nodeId !== undefined && event.type !== 'token_created') {
        if (event.type === 'node_class_changed') this.#feed.noteFormerClass(event.nodeId, event.from);
        const node = this.#options.view.node(event.nodeId);
        if (node !== undefined) this.#applyTo(node, event);
      }
    }
  }

  /** Puts a denial in force before it is on disk. Does nothing if the node is out. */
  cut(node: NodeRecord, reason: Parameters<MembershipIndex['cut']>[1]): void {
    const { members } = this.#options;
    const wasIn = members.isIn(node);
    if (!wasIn && !members.isAhead(node)) return;
    members.cut(node.nodeId, reason);
    if (wasIn) this.#tell.changed(node, 'peers');
  }

  /** Puts a decline in force before it is on disk, because a limit does not wait for the disk either. */
  decline(node: NodeRecord, reason: Parameters<MembershipIndex['decline']>[1]): void {
    const { members } = this.#options;
    if (!members.isIn(node) || members.isDeclining(node)) return;
    members.decline(node.nodeId, reason);
    this.#tell.changed(node, 'limits');
  }

  /** Lets the brake hold a node before that is on disk. Its limit counts from here on. */
  hold(node: NodeRecord, held: HeldEvent): void {
    const { members } = this.#options;
    if (!members.isIn(node) || members.isLimitedByBrake(node)) return;
    members.hold(held);
    this.#known.noteHeld(node);
    this.#tell.changed(node, 'limits');
  }

  /** Takes back a hold that the journal did not confirm. */
  withdrawHold(node: NodeRecord): void {
    const { members } = this.#options;
    if (!members.unconfirmedHolds().has(node.nodeId)) return;
    members.withdrawHold(node.nodeId);
    this.#known.noteHeld(node);
    this.#tell.changed(node, 'limits');
  }

  /** The pairs of a node use their slots in another way from now on. */
  slotsMoved(node: NodeRecord): void {
    this.#tell.changed(node, 'limits');
  }

  /** Makes a node's next answer its whole config; or brings it what it is to do as an examiner. */
  refresh(nodeId: NodeId, scope: 'self' | 'exams' = 'self', examined?: NodeId): void {
    const node = this.#options.view.node(nodeId);
    if (node !== undefined) this.#tell.changed(node, scope, examined);
  }

  /** Makes every node get a delta with its new lease. That delta needs no keys. */
  leaseChanged(): void {
    this.#feed.recordLease();
    this.#options.waiters.wakeAll();
  }

  /** Takes back a cut that the journal did not confirm. */
  withdrawCut(node: NodeRecord): void {
    const { members } = this.#options;
    if (members.cutReason(node.nodeId) === undefined) return;
    members.withdrawCut(node.nodeId);
    this.#tell.changed(node, 'peers');
  }

  /** Takes back a decline that the journal did not confirm. */
  withdrawDecline(node: NodeRecord): void {
    const { members } = this.#options;
    if (members.declineReason(node.nodeId) === undefined) return;
    members.withdrawDecline(node.nodeId);
    this.#tell.changed(node, 'limits');
  }

  /** What is new for a node that has the version `text`. */
  newsFor(node: NodeRecord, text: string | undefined): News {
    const { view, members } = this.#options;
    const sources = { view, members, feed: this.#feed, now: this.version(), firstHeld: this.#epochs.first };
    return findNews(sources, node, text);
  }

  /** The nodes that changed since a version; undefined if that is not remembered. */
  changedSince(counter: number): ReturnType<ChangeFeed['nodesSince']> {
    return this.#feed.nodesSince(counter);
  }

  /** The classes that nodes of this name had before, since the start. */
  formerClassesOf(nodeId: NodeId): ReadonlySet<string> {
    return this.#feed.formerClassesOf(nodeId);
  }

  /** As {@link TellChanges.onCut}. */
  onCut(listener: (node: NodeRecord) => void): () => void {
    return this.#tell.onCut(listener);
  }

  currentVersion(): string {
    return formatVersion(this.version());
  }

  /** Publishes the new limits of nodes whose probation ends with this epoch. */
  #endProbations(epochId: EpochId): void {
    const { view, members, pairLimits } = this.#options;
    for (const node of view.nodes()) {
      if (pairLimits.probationEndsWith(node) === epochId && members.isIn(node))
        this.#tell.changed(node, 'limits');
    }
  }

  #applyTo(node: NodeRecord, event: MeshEvent): void {
    const { members } = this.#options;
    const wasIn = members.isIn(node);
    const wasDeclining = members.isDeclining(node);
    members.update(node);
    const isIn = members.isIn(node);
    const changedHold = this.#known.noteHeld(node);
    const becameSealable = this.#known.noteSealable(node);
    // The record is that after the whole batch, so a node's first event in the batch already shows whether
    // the node is in now. What was put in force before it was on disk has been published already, and changes
    // nothing here.
    if (isIn !== wasIn) this.#tell.changed(node, 'peers');
    else if (isIn && (members.isDeclining(node) !== wasDeclining || changedHold))
      this.#tell.changed(node, 'limits');
    // Until now the node had no keys, because there was no key to seal them to. A later key to seal to is no
    // news: the keys that the node has opened stay valid, and a node that cannot open its keys asks for them
    // again.
    if (isIn && becameSealable) this.#tell.changed(node, 'self');
    switch (event.type) {
      case 'endpoint_reported':
        if (this.#known.noteEndpoint(node) && isIn) this.#tell.changed(node, 'peers');
        return;
      case 'probation_began':
        if (isIn) this.#tell.changed(node, 'limits');
        return;
      case 'node_class_changed':
        // Its peers under the class before are to be told too.
        this.#tell.changed(node, isIn ? 'peers' : 'self');
        if (isIn) this.#options.waiters.wakeAll();
        return;
      case 'wg_keys_changed':
        this.#tell.changed(node, isIn ? 'peers' : 'self');
        return;
      case 'node_enrolled':
        this.#known.noteEndpoint(node);
        return;
      case 'benchmark_accepted':
      case 'node_quarantined':
      case 'node_released':
      case 'node_revoked':
      case 'node_approved':
      case 'node_rejected':
      case 'node_left':
        if (!isIn) this.#tell.changed(node, 'self');
        return;
      default:
        return;
    }
  }

  /**
   * A deleted node is out. Who learnt of it late needs the class that it had. If it was denied in the same
   * batch, its record was gone before that event could be applied to it.
   */
  #forget(nodeId: NodeId, className: string): void {
    const { members, waiters } = this.#options;
    this.#feed.noteFormerClass(nodeId, className);
    members.forget(nodeId);
    this.#known.forget(nodeId);
    waiters.wakeOne(nodeId);
  }
}
