// While a window of planned work is open, a lease lasts until the window's end and then for its usual length.
// Every node hears of it when a window begins, and when it ends, early or by itself.

import type { Clock, Timers } from '@mesh/host';
import type { MeshEvent, MeshView } from '@mesh/membership';
import { openWindow } from '@mesh/membership';

export interface MaintenanceWatchOptions {
  readonly view: MeshView;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Makes every node hear of the lease that it has now. */
  readonly onLeaseChange: () => void;
}

export class MaintenanceWatch {
  readonly #options: MaintenanceWatchOptions;
  #cancel: (() => void) | undefined;
  /**
   * True from the start of a window until nodes are told of its end, so that no answer renews the longer
   * lease meanwhile.
   */
  #open = false;

  constructor(options: MaintenanceWatchOptions) {
    this.#options = options;
    this.#arm();
  }

  /** Whether every answer has to carry its lease, because what is left of the window changes. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** How much longer than usual a lease that is renewed now lasts. */
  extraMs(): number {
    const nowMs = this.#options.clock.nowMs();
    const window = openWindow(this.#options.view, nowMs);
    // A clock that was set back must not make the window longer than was granted.
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
