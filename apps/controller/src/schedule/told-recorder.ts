// Records what nodes were told, twice an epoch: not at the boundary, when everybody is told something. What
// is told at a boundary is in the log half an epoch later, and the head of the next boundary covers it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CancelTimer, LogField, type Logger, type Timers } from '@mesh/host';
import { recordTold, type ToldBatch } from '@mesh/membership';
import type { Judge } from '../judge/judge.ts';
import type { ToldConfigs } from '../publish/told-configs.ts';

export interface ToldRecorderOptions {
  readonly told: Pick<ToldConfigs, 'take'>;
  readonly epochMs: number;
  readonly judge: Pick<Judge, 'run'>;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class ToldRecorder {
  readonly #options: ToldRecorderOptions;
  #cancel: CancelTimer | undefined;
  #taking: Generator<ToldBatch> | undefined;
  /** What the disk has not taken yet. */
  #batch: ToldBatch | undefined;
  #working: Promise<void> | undefined;

  constructor(options: ToldRecorderOptions) {
    this.#options = options;
  }

  start(): void {
    const { timers, epochMs } = this.#options;
    this.#cancel = timers.setTimer(
      epochMs / 2,
      () => {
        this.start();
        void this.record();
      },
      { background: true },
    );
  }

  /** Resolves when everything that nodes were told is recorded, or when that has failed. */
  record(): Promise<void> {
    this.#working ??= this.#recordAll().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  /** Records what is left. */
  async close(): Promise<void> {
    this.#cancel?.();
    await this.#working;
    await this.record();
  }

  async #recordAll(): Promise<void> {
    try {
      for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
        await this.#options.judge.run(recordTold(batch));
        this.#batch = undefined;
        await nextTurn();
      }
    } catch (error) {
      this.#options.logger.warn(
        { [LogField.error]: error },
        'what nodes were told could not be recorded yet; it is tried again within an epoch',
      );
    }
  }

  /** The part that failed, or the next one; undefined at the end. */
  #next(): ToldBatch | undefined {
    if (this.#batch !== undefined) return this.#batch;
    this.#batch = this.#taking?.next().value;
    if (this.#batch !== undefined) return this.#batch;
    this.#taking = this.#options.told.take();
    this.#batch = this.#taking.next().value;
    return this.#batch;
  }
}
