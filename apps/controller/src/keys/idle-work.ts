// Work that nobody waits for, done in pieces while there is nothing else to do. Each turn of the event loop
// does one piece, so that a request waits for one piece at most. For a moment after a request no piece is
// done, because requests come in rows.

/** How long after a request the next one of a row is still expected. */
const QUIET_MS = 5;

export interface IdlePorts {
  /** Any clock that does not jump. */
  readonly nowMs: () => number;
  /** Calls `fn` when everything that has arrived by then has been handled. */
  readonly nextTurn: (fn: () => void) => void;
  readonly later: (delayMs: number, fn: () => void) => void;
}

export class IdleWork {
  readonly #ports: IdlePorts;
  readonly #pieces: (() => void)[] = [];
  #quietFromMs = 0;
  #scheduled = false;

  constructor(ports: IdlePorts) {
    this.#ports = ports;
  }

  /** First come, first done. A piece must not throw. */
  add(piece: () => void): void {
    this.#pieces.push(piece);
    this.#schedule();
  }

  /** A request has been served, and more may follow: idle work is put off. */
  putOff(): void {
    this.#quietFromMs = this.#ports.nowMs() + QUIET_MS;
  }

  #schedule(): void {
    if (this.#scheduled || this.#pieces.length === 0) return;
    this.#scheduled = true;
    this.#ports.nextTurn(() => this.#turn());
  }

  #turn(): void {
    const waitMs = this.#quietFromMs - this.#ports.nowMs();
    if (waitMs > 0) {
      this.#ports.later(waitMs, () => this.#turn());
      return;
    }
    this.#scheduled = false;
    this.#pieces.shift()?.();
    this.#schedule();
  }
}
