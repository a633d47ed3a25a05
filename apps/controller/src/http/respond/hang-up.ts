// Tells whether a caller has hung up before it got its answer.

import type { ServerResponse } from 'node:http';

export class HangUp {
  #isGone = false;
  #tell: (() => void) | undefined;

  constructor(response: ServerResponse) {
    response.on('close', () => {
      if (response.writableFinished) return;
      this.#isGone = true;
      this.#tell?.();
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Calls `tell` when the caller hangs up. An earlier one is forgotten. */
  onGone(tell: () => void): void {
    this.#tell = tell;
  }
}
