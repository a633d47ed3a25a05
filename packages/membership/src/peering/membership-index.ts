// Knows which nodes are in the mesh now, and which of them are declining. Cuts and declines count before they
// are committed. A node is in from the opening of the epoch that it is admitted to. Nodes are grouped by
// class, so that a node's peers are found without looking at all nodes.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { Reason } from '@mesh/scoring';
import type { HeldEvent } from '../events/brake-event.ts';
import type { NodeRecord } from '../state/records.ts';
import type { Peering } from './peering.ts';

export class MembershipIndex {
  readonly #peering: Peering;
  readonly #byClass = new Map<string, Map<string, NodeRecord>>();
  /** The class under which each node is in. */
  readonly #classOf = new Map<NodeId, string>();
  /** Nodes that are admitted to an epoch that has not been opened yet. */
  readonly #ahead = new Map<NodeId, NodeRecord>();
  /** The newest epoch that was opened. */
  #opened: number = Number.POSITIVE_INFINITY;
  readonly #cuts = new Map<NodeId, Reason>();
  readonly #declines = new Map<NodeId, Reason>();
  readonly #holds = new Map<NodeId, HeldEvent>();

  constructor(peering: Peering) {
    this.#peering = peering;
  }

  /** Takes over a node's record after a commit. */
  update(node: NodeRecord): void {
    if (node.membership !== 'admitted') {
      this.forget(node.nodeId);
      return;
    }
    if (node.hold !== undefined) this.#holds.delete(node.nodeId);
    if (node.declining) this.#declines.delete(node.nodeId);
    if ((node.admittedSince ?? 0) > this.#opened) {
      this.#ahead.set(node.nodeId, node);
      return;
    }
    this.#leaveClass(node.nodeId, node.class);
    const members = this.#byClass.get(node.class) ?? new Map<string, NodeRecord>();
    this.#byClass.set(node.class, members);
    members.set(node.nodeId, node);
    this.#classOf.set(node.nodeId, node.class);
  }

  /** Takes out a node that is not admitted, or that was deleted. */
  forget(nodeId: NodeId): void {
    this.#leaveClass(nodeId, undefined);
    this.#ahead.delete(nodeId);
    this.#cuts.delete(nodeId);
    this.#declines.delete(nodeId);
    this.#holds.delete(nodeId);
  }

  /** Takes a node out of the class that it was in, if that is not `except`. */
  #leaveClass(nodeId: NodeId, except: string | undefined): void {
    const was = this.#classOf.get(nodeId);
    if (was === undefined || was === except) return;
    this.#byClass.get(was)?.delete(nodeId);
    this.#classOf.delete(nodeId);
  }

  /**
   * Says which epoch was opened last, 0 if none was. Until the first call all admitted nodes are in.
   * @returns the nodes that come in with this epoch
   */
  open(epochId: EpochId | 0): NodeRecord[] {
    this.#opened = epochId;
    const coming = [...this.#ahead.values()].filter(({ admittedSince }) => (admittedSince ?? 0) <= epochId);
    for (const node of coming) {
      this.#ahead.delete(node.nodeId);
      this.update(node);
    }
    return coming;
  }

  /** Whether a node comes in with an epoch that has not been opened yet. */
  isAhead({ nodeId }: Pick<NodeRecord, 'nodeId'>): boolean {
    return this.#ahead.has(nodeId) && !this.#cuts.has(nodeId);
  }

  /** Takes a node out before the commit. */
  cut(nodeId: NodeId, reason: Reason): void {
    this.#cuts.set(nodeId, reason);
  }
  withdrawCut(nodeId: NodeId): void {
    this.#cuts.delete(nodeId);
  }
  cutReason(nodeId: NodeId): Reason | undefined {
    return this.#cuts.get(nodeId);
  }
  /** Cuts that no commit has confirmed yet. */
  unconfirmedCuts(): ReadonlyMap<NodeId, Reason> {
    return this.#cuts;
  }

  /** Makes a node a declining one before the commit. */
  decline(nodeId: NodeId, reason: Reason): void {
    this.#declines.set(nodeId, reason);
  }
  withdrawDecline(nodeId: NodeId): void {
    this.#declines.delete(nodeId);
  }
  declineReason(nodeId: NodeId): Reason | undefined {
    return this.#declines.get(nodeId);
  }
  /** Declines that no commit has confirmed yet. */
  unconfirmedDeclines(): ReadonlyMap<NodeId, Reason> {
    return this.#declines;
  }

  /** Lets the brake hold a node in before the commit. */
  hold(held: HeldEvent): void {
    this.#holds.set(held.nodeId, held);
  }
  withdrawHold(nodeId: NodeId): void {
    this.#holds.delete(nodeId);
  }
  /** Holds that no commit has confirmed yet. */
  unconfirmedHolds(): ReadonlyMap<NodeId, HeldEvent> {
    return this.#holds;
  }
  /** Whether the brake limits a node. */
  isLimitedByBrake({ nodeId, hold }: Pick<NodeRecord, 'nodeId' | 'hold'>): boolean {
    return hold?.limited ?? this.#holds.has(nodeId);
  }

  isDeclining(node: Pick<NodeRecord, 'nodeId'>): boolean {
    return this.#declines.has(node.nodeId) || (this.#recordOf(node)?.declining ?? false);
  }

  /** Its class in the index can be another than the given one, between a change and its commit. */
  #recordOf({ nodeId }: Pick<NodeRecord, 'nodeId'>): NodeRecord | undefined {
    const className = this.#classOf.get(nodeId);
    return className === undefined ? undefined : this.#byClass.get(className)?.get(nodeId);
  }

  isIn(node: Pick<NodeRecord, 'nodeId'>): boolean {
    return !this.#cuts.has(node.nodeId) && this.#classOf.has(node.nodeId);
  }

  arePeers(one: Pick<NodeRecord, 'nodeId' | 'class'>, other: Pick<NodeRecord, 'nodeId' | 'class'>): boolean {
    return one.nodeId !== other.nodeId && this.#peering.arePeers(one.class, other.class);
  }

  *peersOf(node: NodeRecord): Iterable<NodeRecord> {
    for (const [peerClass, members] of this.#byClass) {
      if (!this.#peering.arePeers(node.class, peerClass)) continue;
      for (const peer of members.values()) {
        if (peer.nodeId !== node.nodeId && !this.#cuts.has(peer.nodeId)) yield peer;
      }
    }
  }
}
