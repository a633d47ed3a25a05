// Who is in right now: the committed admissions, less the cuts that are in force before the disk knows of them.
// Grouped by class, so that a node's peers are found without looking at anybody else.

import type { Reason } from '@mesh/scoring';
import type { NodeRecord } from '../state/mesh-state.ts';
import type { Peering } from './peering.ts';

export class MembershipIndex {
  readonly #peering: Peering;
  readonly #byClass = new Map<string, Map<string, NodeRecord>>();
  readonly #cuts = new Map<string, Reason>();

  constructor(peering: Peering) {
    this.#peering = peering;
  }

  /** Takes over a node's record as it stands after a commit. */
  update(node: NodeRecord): void {
    if (node.membership !== 'admitted') {
      this.#byClass.get(node.class)?.delete(node.nodeId);
      this.#cuts.delete(node.nodeId);
      return;
    }
    const members = this.#byClass.get(node.class) ?? new Map<string, NodeRecord>();
    this.#byClass.set(node.class, members);
    members.set(node.nodeId, node);
  }

  /** Puts a node out ahead of the disk. */
  cut(nodeId: string, reason: Reason): void {
    this.#cuts.set(nodeId, reason);
  }
  uncut(nodeId: string): void {
    this.#cuts.delete(nodeId);
  }
  cutReason(nodeId: string): Reason | undefined {
    return this.#cuts.get(nodeId);
  }
  /** Cuts that no commit has confirmed yet. */
  openCuts(): ReadonlyMap<string, Reason> {
    return this.#cuts;
  }

  isIn(node: NodeRecord): boolean {
    return !this.#cuts.has(node.nodeId) && (this.#byClass.get(node.class)?.has(node.nodeId) ?? false);
  }

  arePeers(one: NodeRecord, other: NodeRecord): boolean {
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
