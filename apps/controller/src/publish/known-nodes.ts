// What was true of each node when its record was last looked at, so that an event that changes nothing for
// others is no news to them.

import type { MembershipIndex, NodeRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';

export interface KnownNodesOptions {
  readonly members: Pick<MembershipIndex, 'isLimitedByBrake'>;
  /** Where others reach a node; null if nowhere. */
  readonly endpointOf: (node: NodeRecord) => string | null;
}

export class KnownNodes {
  readonly #options: KnownNodesOptions;
  readonly #endpoints = new Map<NodeId, string | null>();
  /** The nodes that have sent a key to seal to. */
  readonly #sealable = new Set<NodeId>();
  /** The nodes that the brake limits. */
  readonly #held = new Set<NodeId>();

  constructor(options: KnownNodesOptions) {
    this.#options = options;
  }

  /** @returns whether others reach the node at another endpoint than before */
  noteEndpoint(node: NodeRecord): boolean {
    const endpoint = this.#options.endpointOf(node);
    const before = this.#endpoints.get(node.nodeId);
    this.#endpoints.set(node.nodeId, endpoint);
    return before !== endpoint;
  }

  /** @returns whether keys can be sealed to the node now but could not before */
  noteSealable({ nodeId, kemPublicKey }: NodeRecord): boolean {
    const before = this.#sealable.has(nodeId);
    if (kemPublicKey === undefined) this.#sealable.delete(nodeId);
    else this.#sealable.add(nodeId);
    return kemPublicKey !== undefined && !before;
  }

  /** @returns whether the brake limits the node now but did not before, or the other way round */
  noteHeld(node: NodeRecord): boolean {
    const before = this.#held.has(node.nodeId);
    const isHeld = this.#options.members.isLimitedByBrake(node);
    if (isHeld) this.#held.add(node.nodeId);
    else this.#held.delete(node.nodeId);
    return isHeld !== before;
  }

  forget(nodeId: NodeId): void {
    this.#endpoints.delete(nodeId);
    this.#sealable.delete(nodeId);
    this.#held.delete(nodeId);
  }
}
