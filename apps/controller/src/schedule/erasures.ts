// Carries out erasures of details: those that operators ask for, and once a day those of details that have
// become older than the configuration allows. It works in short pieces, so that it holds up nobody.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CancelTimer, type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import { expireDetails, type MeshEvent } from '@mesh/membership';
import type { Judge } from '../judge/judge.ts';
import type { EraserState } from '../store/details-eraser.ts';

const DAY_MS = 86_400_000;
/** How long until a piece that failed, or had to wait for a reader, is tried again. */
const RETRY_MS = 1_000;

/** An erasure of a node that has waited for its next result goes on after it, or when the node is gone. */
const GOES_ON_AFTER: ReadonlySet<MeshEvent['type']> = new Set<MeshEvent['type']>([
  'node_details_erased',
  'details_expired',
  'benchmark_accepted',
  'node_deleted',
]);

export interface ErasuresOptions {
  readonly eraser: { eraseSome(): EraserState; readonly pending: number };
  /** For how many days details are kept; undefined: for ever. */
  readonly keptDays: number | undefined;
  /** For how many days it is kept what nodes were told. */
  readonly toldDays: number;
  /** Drops a part of what nodes were told before an entry; whether there may be more. */
  readonly dropTold: (before: number) => boolean;
  /** The first entry that is from that time or later. */
  readonly firstEntryFrom: (atMs: number) => number;
  readonly expiredBefore: () => number;
  readonly judge: Pick<Judge, 'run'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class Erasures {
  readonly #options: ErasuresOptions;
  #isClosed = false;
  #working: Promise<void> | undefined;
  #cancelDaily: CancelTimer | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(options: ErasuresOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier process has not finished. */
  start(): void {
    void this.work();
    this.#expire();
  }

  /** Call it after each commit. */
  onCommit(events: readonly MeshEvent[]): void {
    if (events.some(({ type }) => GOES_ON_AFTER.has(type))) void this.work();
  }

  get pending(): number {
    return this.#options.eraser.pending;
  }

  /** Resolves when nothing is left that can be erased now, or at the close. */
  work(): Promise<void> {
    this.#working ??= this.#run();
    return this.#working;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelDaily?.();
    this.#cancelRetry?.();
    await this.#working;
  }

  async #run(): Promise<void> {
    // Not in the turn of a commit.
    await nextTurn();
    const { eraser, logger } = this.#options;
    while (!this.#isClosed) {
      let state: EraserState = 'waiting';
      try {
        state = eraser.eraseSome();
      } catch (error) {
        logger.warn({ [LogField.error]: error }, 'details could not be erased yet');
      }
      if (state === 'done') break;
      await (state === 'more' ? nextTurn() : this.#pause());
    }
    this.#working = undefined;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.timers.setTimer(RETRY_MS, resolve);
      this.#cancelRetry = () => {
        cancel();
        resolve();
      };
    });
  }

  #expire(): void {
    const { keptDays, toldDays, timers, logger } = this.#options;
    if (this.#isClosed) return;
    this.#cancelDaily = timers.setTimer(DAY_MS, () => this.#expire(), { background: true });
    this.#dropToldOlderThan(toldDays).catch((error: unknown) => {
      logger.warn({ [LogField.error]: error }, 'what nodes were told could not be dropped yet');
    });
    if (keptDays === undefined) return;
    this.#expireOlderThan(keptDays).catch((error: unknown) => {
      logger.error({ [LogField.error]: error }, 'details that have expired could not be erased yet');
    });
  }

  async #expireOlderThan(keptDays: number): Promise<void> {
    const { expiredBefore, judge } = this.#options;
    const before = this.#firstFrom(keptDays);
    if (before > expiredBefore()) await judge.run(expireDetails(before, keptDays));
  }

  async #dropToldOlderThan(days: number): Promise<void> {
    const before = this.#firstFrom(days);
    while (!this.#isClosed && this.#options.dropTold(before)) await nextTurn();
  }

  /** The first entry that is younger than so many days. */
  #firstFrom(days: number): number {
    const { clock, firstEntryFrom } = this.#options;
    return firstEntryFrom(clock.nowMs() - days * DAY_MS);
  }
}
