// Moves old tiles to the folder of the published log, once an hour and one after the other: each costs some
// milliseconds.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CancelTimer, type Clock, LogField, type Logger, type Timers } from '@mesh/host';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface MoveOldTilesOptions {
  /** Of the published log. */
  readonly folder: string;
  /** How old the newest entry of a tile is, in days, before the tile is moved. */
  readonly afterDays: number;
  /** How many entries the checkpoint in the folder covers. */
  readonly covered: () => number;
  /** The first entry that is from that time or later. */
  readonly firstEntryFrom: (atMs: number) => number;
  readonly moveNext: (folder: string, before: number) => boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class MoveOldTiles {
  readonly #options: MoveOldTilesOptions;
  #cancel: CancelTimer | undefined;
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: MoveOldTilesOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isClosed) return;
    this.#cancel = this.#options.timers.setTimer(HOUR_MS, () => this.start(), { background: true });
    void this.work();
  }

  /** Resolves when everything that is old enough has moved, or when that has failed. */
  work(): Promise<void> {
    this.#working ??= this.#moveAll().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#working;
  }

  async #moveAll(): Promise<void> {
    const { folder, afterDays, covered, firstEntryFrom, moveNext, clock, logger } = this.#options;
    try {
      const before = Math.min(covered(), firstEntryFrom(clock.nowMs() - afterDays * DAY_MS));
      do await nextTurn();
      while (!this.#isClosed && moveNext(folder, before));
    } catch (error) {
      logger.error(
        { [LogField.error]: error },
        'old tiles could not be moved to log.folder; it is tried again in an hour',
      );
    }
  }
}
