// Blocking queries that wait for their node's config to change, at most one per node. A waiter is registered
// before the version is compared, so that no change falls between the two.

import type { NodeId } from '@mesh/primitives';

export type WakeReason = 'changed' | 'superseded' | 'closing';

export interface Waiter {
  readonly nodeId: NodeId;
  readonly instanceId: string | undefined;
  readonly woken: Promise<WakeReason>;
  /** Takes the waiter out. Call it in every case. */
  cancel(): void;
}

/**
 * How long an agent that was answered counts as running without a query: longer than it takes to ask again.
 */
const BETWEEN_QUERIES_MS = 3_000;

/** Their answers take some milliseconds. */
const WOKEN_PER_TURN = 16;

interface Entry {
  readonly nodeId: NodeId;
  readonly instanceId: string | undefined;
  readonly wake: (reason: WakeReason) => void;
}

export class Waiters {
  readonly #entries = new Map<NodeId, Entry>();
  /** Agents that are between two queries, by node. */
  readonly #answered = new Map<
    NodeId,
    { readonly instanceId: string | undefined; readonly untilMs: number }
  >();

  /**
   * The agent instance that has a query open for this node, or is between two of them.
   * @param nowMs monotonic, as everywhere here
   */
  openInstance(nodeId: NodeId, nowMs: number): { readonly instanceId: string | undefined } | undefined {
    const open = this.#entries.get(nodeId);
    if (open !== undefined) return open;
    const answered = this.#answered.get(nodeId);
    return answered !== undefined && nowMs < answered.untilMs ? answered : undefined;
  }

  /** An agent's query is being answered: the agent keeps its place, however long the keys take. */
  noteAnswering(nodeId: NodeId, instanceId: string | undefined): void {
    this.#answered.set(nodeId, { instanceId, untilMs: Number.POSITIVE_INFINITY });
  }

  /** An agent's query was answered: the agent keeps its place for a while, in which it can ask again. */
  noteAnswered(nodeId: NodeId, instanceId: string | undefined, nowMs: number): void {
    this.#answered.set(nodeId, { instanceId, untilMs: nowMs + BETWEEN_QUERIES_MS });
  }

  /** An agent's connection has ended, as it does when the agent dies. */
  noteGone(nodeId: NodeId, instanceId: string | undefined): void {
    if (this.#answered.get(nodeId)?.instanceId === instanceId) this.#answered.delete(nodeId);
  }

  /** Registers a query; an earlier one of the same node is woken as superseded. */
  add(nodeId: NodeId, instanceId: string | undefined): Waiter {
    this.#entries.get(nodeId)?.wake('superseded');
    const woken = new Promise<WakeReason>((wake) => {
      this.#entries.set(nodeId, { nodeId, instanceId, wake });
    });
    const entry = this.#entries.get(nodeId);
    const cancel = (): void => {
      if (this.#entries.get(nodeId) === entry) this.#entries.delete(nodeId);
    };
    return { nodeId, instanceId, woken, cancel };
  }

  /** Wakes the waiters of the nodes that a change concerns. */
  wake(concerns: (nodeId: NodeId) => boolean): void {
    for (const entry of this.#entries.values()) if (concerns(entry.nodeId)) entry.wake('changed');
  }

  /**
   * Wakes all that wait now, some of them per turn of the event loop. Each costs an answer with keys, and a
   * denial that comes while thousands are served must not wait for all of them.
   */
  wakeAll(): void {
    const waiting = [...this.#entries.values()];
    const wakeFrom = (first: number): void => {
      for (const entry of waiting.slice(first, first + WOKEN_PER_TURN)) entry.wake('changed');
      if (first + WOKEN_PER_TURN < waiting.length) setImmediate(wakeFrom, first + WOKEN_PER_TURN);
    };
    wakeFrom(0);
  }

  wakeOne(nodeId: NodeId): void {
    this.#entries.get(nodeId)?.wake('changed');
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.wake('closing');
  }
}
