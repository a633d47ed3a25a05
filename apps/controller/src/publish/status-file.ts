// status.json: who is in and why, for people and scripts on this host. It is written atomically and holds
// neither secrets nor scores; status.sealed beside it has the details, sealed. Both are written at most four
// times per second, and less often in a mesh so large that rendering would keep the event loop busy. They are
// rendered some nodes at a time, so that nothing waits for all of it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { LogField, type Logger, type Timers, writeFileAtomic } from '@mesh/host';
import { type StatusSources, StatusText } from './status-text.ts';

const COALESCE_MS = 250;
/** Rendering takes at most this fraction of the event loop's time: 1 / 20. */
const SHARE_OF_LOOP = 20;

export interface StatusFileOptions extends StatusSources {
  readonly path: string;
  /** The file beside it, with what only the operator may see; absent: there is none. */
  readonly sealed?: { readonly path: string; readonly seal: (text: string) => Uint8Array };
  readonly timers: Timers;
  readonly logger: Logger;
}

export class StatusFileWriter {
  readonly #options: StatusFileOptions;
  readonly #text: StatusText;
  #scheduled: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;
  #renderMs = 0;

  constructor(options: StatusFileOptions) {
    this.#options = options;
    this.#text = new StatusText(options);
  }

  /** Call it when something changed. The file is written soon after. */
  touch(): void {
    if (this.#isClosed) return;
    this.#scheduled ??= this.#options.timers.setTimer(
      Math.max(COALESCE_MS, SHARE_OF_LOOP * this.#renderMs),
      () => {
        this.#scheduled = undefined;
        this.#writing = this.#writing.then(() => this.#write());
      },
      { background: true },
    );
  }

  /** Writes a change that has not been written yet. Later touches do nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const isDue = this.#scheduled !== undefined;
    this.#scheduled?.();
    await this.#writing;
    if (isDue) await this.#write();
  }

  async #write(): Promise<void> {
    const { path, sealed, logger } = this.#options;
    try {
      const { open, detailed } = await this.#render();
      await writeFileAtomic(path, open, { mode: 0o640 });
      if (sealed !== undefined) await writeFileAtomic(sealed.path, sealed.seal(detailed));
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'status.json or status.sealed could not be written');
    }
  }

  async #render() {
    const { clock } = this.#options;
    let [open, detailed] = ['', ''];
    let renderMs = 0;
    const pieces = this.#text.pieces()[Symbol.iterator]();
    for (;;) {
      const startedMs = clock.monotonicMs();
      const piece = pieces.next();
      renderMs += clock.monotonicMs() - startedMs;
      if (piece.done === true) break;
      open += piece.value.open;
      detailed += piece.value.detailed;
      await nextTurn();
    }
    this.#renderMs = renderMs;
    return { open, detailed };
  }
}
