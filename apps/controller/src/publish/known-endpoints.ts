// Where others reached each node when its record was last looked at, so that a report that changes nothing
// for them is no news.

import type { NodeRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';

export class KnownEndpoints {
  readonly #endpointOf: (node: NodeRecord) => string | null;
  readonly #endpoints = new Map<NodeId, string | null>();

  /** @param endpointOf where others reach a node; null if nowhere */
  constructor(endpointOf: (node: NodeRecord) => string | null) {
    this.#endpointOf = endpointOf;
  }

  /** @returns whether others reach the node at another endpoint than before */
  note(node: NodeRecord): boolean {
    const endpoint = this.#endpointOf(node);
    const before = this.#endpoints.get(node.nodeId);
    this.#endpoints.set(node.nodeId, endpoint);
    return before !== endpoint;
  }

  forget(nodeId: NodeId): void {
    this.#endpoints.delete(nodeId);
  }
}
