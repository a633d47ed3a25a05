// Does work that nobody waits for, in pieces, while there is nothing else to do. Each turn of the event loop
// does one piece, so that a request waits for one piece at most. For a moment after a request no piece is
// done, because requests come in bursts.

/** How long after a request the next one of a burst is still expected. */
const QUIET_MS = 5;

export interface IdlePorts {
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: () => number;
  /** Calls `fn` in the next turn of the event loop, after the messages that have arrived by then. */
  readonly nextTurn: (fn: () => void) => void;
  readonly later: (delayMs: number, fn: () => void) => void;
}

export class IdleWork {
  readonly #ports: IdlePorts;
  readonly #pieces: (() => void)[] = [];
  #quietFromMs = 0;
  #isScheduled = false;

  constructor(ports: IdlePorts) {
    this.#ports = ports;
  }

  /** Pieces are done in the order in which they were added. A piece must not throw. */
  add(piece: () => void): void {
    this.#pieces.push(piece);
    this.#schedule();
  }

  /** Delays idle work after a request, because more requests may follow. */
  putOff(): void {
    this.#quietFromMs = this.#ports.nowMs() + QUIET_MS;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#pieces.length === 0) return;
    this.#isScheduled = true;
    this.#ports.nextTurn(() => this.#turn());
  }

  #turn(): void {
    const waitMs = this.#quietFromMs - this.#ports.nowMs();
    if (waitMs > 0) {
      this.#ports.later(waitMs, () => this.#turn());
      return;
    }
    this.#isScheduled = false;
    this.#pieces.shift()?.();
    this.#schedule();
  }
}
