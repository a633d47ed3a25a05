// Blocking queries that wait for their node's config to change: at most one a node. A waiter is registered before
// the version is compared, so that no change falls between.

export type WakeReason = 'changed' | 'superseded' | 'closing';

export interface Waiter {
  readonly nodeId: string;
  readonly instanceId: string | undefined;
  readonly woken: Promise<WakeReason>;
  /** Takes the waiter out; to be called in every case. */
  cancel(): void;
}

/** Some milliseconds' work. */
const WOKEN_A_TURN = 16;

interface Entry {
  readonly nodeId: string;
  readonly instanceId: string | undefined;
  readonly wake: (reason: WakeReason) => void;
}

export class Waiters {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** The agent instance that has a query open for this node, if any. */
  openInstance(nodeId: string): { readonly instanceId: string | undefined } | undefined {
    return this.#entries.get(nodeId);
  }

  /** Registers a query; an earlier one of the same node is woken as superseded. */
  add(nodeId: string, instanceId: string | undefined): Waiter {
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

  /** Wakes the waiters whose node passes. */
  wake(concerns: (nodeId: string) => boolean): void {
    for (const entry of this.#entries.values()) if (concerns(entry.nodeId)) entry.wake('changed');
  }

  /**
   * Wakes all that wait now, some a turn of the event loop: each costs an answer with keys, and a denial that comes
   * while thousands are served must not stand behind them all.
   */
  wakeAll(): void {
    const waiting = [...this.#entries.values()];
    const wakeFrom = (first: number): void => {
      for (const entry of waiting.slice(first, first + WOKEN_A_TURN)) entry.wake('changed');
      if (first + WOKEN_A_TURN < waiting.length) setImmediate(wakeFrom, first + WOKEN_A_TURN);
    };
    wakeFrom(0);
  }

  wakeOne(nodeId: string): void {
    this.#entries.get(nodeId)?.wake('changed');
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.wake('closing');
  }
}
