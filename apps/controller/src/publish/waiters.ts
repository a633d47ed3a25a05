// Blocking queries that wait for their node's config to change, at most one per node. A waiter is registered
// before the version is compared, so that no change falls between the two.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NodeId } from '@mesh/primitives';

export type WakeReason = 'changed' | 'superseded' | 'closing';

export interface Waiter {
  readonly nodeId: NodeId;
  readonly instanceId: string | undefined;
  readonly woken: Promise<WakeReason>;
  /** Removes the waiter. Call it in every case. */
  cancel(): void;
}

/**
 * How long an agent counts as running after an answer while it has no query open. It asks again sooner than
 * that.
 */
const BETWEEN_QUERIES_MS = 3_000;

/** How many waiters are woken in one turn of the event loop. Their answers take some milliseconds. */
const WOKEN_PER_TURN = 16;

interface Entry {
  readonly nodeId: NodeId;
  readonly instanceId: string | undefined;
  readonly wake: (reason: WakeReason) => void;
}

export class Waiters {
  readonly #whenRoom: () => Promise<void> | undefined;
  readonly #entries = new Map<NodeId, Entry>();
  /** Agents that are between two queries, by node. */
  readonly #answered = new Map<
    NodeId,
    { readonly instanceId: string | undefined; readonly untilMs: number }
  >();

  /**
   * @param whenRoom resolves when more answers with keys may be caused; undefined if they may be now
   */
  constructor(whenRoom: () => Promise<void> | undefined = () => undefined) {
    this.#whenRoom = whenRoom;
  }

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

  /**
   * Call it when an agent's query is about to be answered. The agent keeps its place however long the keys
   * take.
   */
  noteAnswering(nodeId: NodeId, instanceId: string | undefined): void {
    this.#answered.set(nodeId, { instanceId, untilMs: Number.POSITIVE_INFINITY });
  }

  /** Call it when an agent's query was answered. The agent keeps its place for long enough to ask again. */
  noteAnswered(nodeId: NodeId, instanceId: string | undefined, nowMs: number): void {
    this.#answered.set(nodeId, { instanceId, untilMs: nowMs + BETWEEN_QUERIES_MS });
  }

  /** Call it when an agent's connection has ended, for example because the agent died. */
  noteGone(nodeId: NodeId, instanceId: string | undefined): void {
    if (this.#answered.get(nodeId)?.instanceId === instanceId) this.#answered.delete(nodeId);
  }

  /** Whether a query of the node is open. */
  isOpen(nodeId: NodeId): boolean {
    return this.#entries.has(nodeId);
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

  /**
   * Wakes all current waiters, a few per turn of the event loop. Each of them may cost an answer with keys.
   * So no more are woken than keys can be made for, and a denial that comes while thousands are answered does
   * not wait for them: it wakes those that it concerns by `wakeOne`.
   */
  wakeAll(): void {
    void this.#wakeInTurns([...this.#entries.values()]);
  }

  async #wakeInTurns(waiting: readonly Entry[]): Promise<void> {
    for (let first = 0; first < waiting.length; first += WOKEN_PER_TURN) {
      if (first > 0) await nextTurn();
      const room = this.#whenRoom();
      if (room !== undefined) await room;
      for (const entry of waiting.slice(first, first + WOKEN_PER_TURN)) entry.wake('changed');
    }
  }

  wakeOne(nodeId: NodeId): void {
    this.#entries.get(nodeId)?.wake('changed');
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.wake('closing');
  }
}
