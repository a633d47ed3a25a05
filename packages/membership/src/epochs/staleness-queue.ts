// Finds which node turns stale next, so that one timer serves any number of nodes. It is a binary heap of
// instants with lazy deletion.

import type { NodeId } from '@mesh/primitives';

interface Deadline {
  readonly atMs: number;
  readonly nodeId: NodeId;
}

export class StalenessQueue {
  readonly #heap: Deadline[] = [];

  /** Notes that a node has to be looked at again at `atMs`. Earlier notes of it stay and are harmless. */
  push(nodeId: NodeId, atMs: number): void {
    const heap = this.#heap;
    let at = heap.push({ atMs, nodeId }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (instant(heap, parent) <= instant(heap, at)) break;
      swap(heap, at, parent);
      at = parent;
    }
  }

  /** The next instant at which a node has to be looked at. */
  nextAtMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** Takes out every node whose instant has come. A node may be due more than once over time. */
  popDue(nowMs: number): NodeId[] {
    const due = new Set<NodeId>();
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
      due.add(first.nodeId);
      this.#removeFirst();
    }
    return [...due];
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (instant(heap, left) < instant(heap, least)) least = left;
      if (instant(heap, right) < instant(heap, least)) least = right;
      if (least === at) return;
      swap(heap, at, least);
      at = least;
    }
  }
}

const instant = (heap: readonly Deadline[], at: number): number => heap[at]?.atMs ?? Number.POSITIVE_INFINITY;

function swap(heap: Deadline[], one: number, other: number): void {
  const a = heap[one];
  const b = heap[other];
  if (a === undefined || b === undefined) return;
  heap[one] = b;
  heap[other] = a;
}
