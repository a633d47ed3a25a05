// Reads the arguments and the environment of every process below this one, again and again while something
// runs, because some of them live for milliseconds.

import { processesBelow, type SeenProcess } from '@mesh/e2e';

const EVERY_MS = 100;

export class ProcessWatch implements Disposable {
  /** By pid and arguments, so that an exec counts anew. */
  readonly #seen = new Map<string, SeenProcess>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.look();
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  look(): void {
    for (const process of processesBelow([globalThis.process.pid])) {
      const key = `${process.pid} ${process.cmdline.toString('latin1')}`;
      if (!this.#seen.has(key)) this.#seen.set(key, process);
    }
  }

  /** What was seen so far. */
  seen(): readonly SeenProcess[] {
    return [...this.#seen.values()];
  }

  /** Ends the observation. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
