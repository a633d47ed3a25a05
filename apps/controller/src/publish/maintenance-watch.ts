// While a window of planned work is open leases last until its end and then their usual length. Every node hears of it
// when one begins, and when it ends, early or by itself.

import type { Clock, Timers } from '@mesh/host';
import type { MeshEvent, MeshView } from '@mesh/membership';
import { openWindow } from '@mesh/membership';

export interface MaintenanceWatchOptions {
  readonly view: MeshView;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Has every node told of the lease that it has now. */
  readonly onLeaseChange: () => void;
}

export class MaintenanceWatch {
  readonly #options: MaintenanceWatchOptions;
  #cancel: (() => void) | undefined;
  /** From the start of a window until nodes are told of its end, so that no answer renews the longer lease meanwhile. */
  #open = false;

  constructor(options: MaintenanceWatchOptions) {
    this.#options = options;
    this.#arm();
  }

  /** Whether every answer has to carry its lease, since what is left of the window changes. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** How much longer than usual a lease lasts that is renewed now. */
  extraMs(): number {
    const nowMs = this.#options.clock.nowMs();
    const window = openWindow(this.#options.view, nowMs);
    // A clock that was set back must not make more of the window than was granted.
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
    this.#open = leftMs > 0;
    this.#cancel = this.#open
      ? this.#options.timers.setTimer(leftMs, () => this.#atEnd(), { background: true })
      : undefined;
  }

  #atEnd(): void {
    this.#arm();
    if (!this.#open) this.#options.onLeaseChange();
  }
}
