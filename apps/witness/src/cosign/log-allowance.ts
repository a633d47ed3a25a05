// How many heads of each log are cosigned within a minute. A stranger cannot use that up: a head that is sent
// again is not counted, and a new one takes the log's signature.

const WINDOW_MS = 60_000;

export class LogAllowance {
  readonly #perMinute: number;
  readonly #monotonicMs: () => number;
  readonly #windows = new Map<string, { startMs: number; count: number }>();

  constructor(perMinute: number, monotonicMs: () => number) {
    this.#perMinute = perMinute;
    this.#monotonicMs = monotonicMs;
  }

  /** How many seconds the log has to wait; 0 if its next head may be cosigned. */
  waitSeconds(origin: string): number {
    const window = this.#current(origin);
    if (window === undefined || window.count < this.#perMinute) return 0;
    return Math.max(1, Math.ceil((window.startMs + WINDOW_MS - this.#monotonicMs()) / 1000));
  }

  /** @param origin of a log that is followed, so that there are as many windows as logs at most */
  count(origin: string): void {
    const window = this.#current(origin);
    if (window === undefined) this.#windows.set(origin, { startMs: this.#monotonicMs(), count: 1 });
    else window.count += 1;
  }

  #current(origin: string) {
    const window = this.#windows.get(origin);
    return window !== undefined && this.#monotonicMs() - window.startMs < WINDOW_MS ? window : undefined;
  }
}
