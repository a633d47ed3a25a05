// Releases nodes when the time of their quarantine is over. A release admits nobody by itself: that waits for
// a boundary, as always.

import { type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import { endQuarantines, type MeshEvent, type MeshView, nextQuarantineEndMs } from '@mesh/membership';
import type { Judge } from '../judge/judge.ts';
import { WallClockAlarm } from './wall-clock-alarm.ts';

const LONGEST_WAIT_MS = 60_000;
/** A node whose class is revoked stays in quarantine, until the class or the node's class is another. */
const BRINGS_AN_END: readonly MeshEvent['type'][] = [
  'node_quarantined',
  'class_released',
  'node_class_changed',
];
/** How long until a release that the disk refused is tried again. */
const RETRY_MS = 1_000;

export interface QuarantineWatchOptions {
  readonly view: MeshView;
  readonly judge: Judge;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class QuarantineWatch {
  readonly #options: QuarantineWatchOptions;
  readonly #alarm: WallClockAlarm;

  constructor(options: QuarantineWatchOptions) {
    this.#options = options;
    const { clock, timers } = options;
    this.#alarm = new WallClockAlarm(
      { clock, timers, longestWaitMs: LONGEST_WAIT_MS, background: true },
      () => void this.#fire(),
    );
  }

  start(): void {
    this.#arm();
  }

  /** Call it after each commit. */
  onCommit(events: readonly MeshEvent[]): void {
    if (events.some(({ type }) => BRINGS_AN_END.includes(type))) this.#arm();
  }

  close(): void {
    this.#alarm.close();
  }

  #arm(leastMs = 0): void {
    this.#alarm.set(nextQuarantineEndMs(this.#options.view), leastMs);
  }

  async #fire(): Promise<void> {
    const { judge, logger } = this.#options;
    try {
      await judge.run(endQuarantines());
      this.#arm();
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'the end of a quarantine could not be written yet');
      this.#arm(RETRY_MS);
    }
  }
}
