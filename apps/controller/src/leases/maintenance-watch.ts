// Makes leases longer during planned work: while a window is open, a lease lasts until the window's end and
// then for its usual length. Every node gets an answer with its new lease when a window begins, when it is
// ended early, and when it runs out.

import type { Clock, Timers } from '@mesh/host';
import type { MeshEvent, MeshView } from '@mesh/membership';
import { openWindow } from '@mesh/membership';

export interface MaintenanceWatchOptions {
  readonly view: MeshView;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Sends every node an answer with its new lease. */
  readonly onLeaseChange: () => void;
}

export class MaintenanceWatch {
  readonly #options: MaintenanceWatchOptions;
  #cancel: (() => void) | undefined;
  /**
   * True until the nodes are informed of the window's end. Until then no 304 renews the longer lease.
   */
  #isOpen = false;

  constructor(options: MaintenanceWatchOptions) {
    this.#options = options;
    this.#arm();
  }

  /**
   * Whether a window is open. Every answer then has to state its lease, because the rest of the window gets
   * shorter.
   */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How much longer than usual a lease lasts that is renewed now. */
  extraMs(): number {
    const nowMs = this.#options.clock.nowMs();
    const window = openWindow(this.#options.view, nowMs);
    // If the clock was set back, the window must not become longer than was granted.
    return window === undefined ? 0 : Math.min(window.untilMs - nowMs, window.untilMs - window.startedAtMs);
  }

  onCommit(events: readonly MeshEvent[]): void {
    if (!events.some(({ type }) => type === 'maintenance_started' || type === 'maintenance_ended')) return;
    this.#arm();
    this.#options.onLeaseChange();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    this.#cancel?.();
    const leftMs = this.extraMs();
    this.#isOpen = leftMs > 0;
    this.#cancel = this.#isOpen
      ? this.#options.timers.setTimer(leftMs, () => this.#atEnd(), { background: true })
      : undefined;
  }

  #atEnd(): void {
    this.#arm();
    if (!this.#isOpen) this.#options.onLeaseChange();
  }
}
