// Measures at an interval with jitter, in a separate task, so that nothing that drives the tunnel waits for
// it. A failed measurement is reported, and nothing is submitted.

import { LogField, type Logger, Nap, type Timers } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { messageOf } from '../errors/agent-error.ts';
import { type Measurement, MeasurementError, type MeasurementSource } from './result/measurement.ts';

export interface MeasureSink {
  measured(measurement: Measurement): void;
  failed(failure: { readonly code: string; readonly message: string }): void;
}

export interface MeasureLoopOptions {
  readonly source: MeasurementSource;
  readonly intervalMs: number;
  /** 0..1: each wait is the interval ± this share of it. */
  readonly jitter: number;
  readonly challenge: () => string | undefined;
  readonly timers: Timers;
  readonly random: () => number;
  readonly logger: Logger;
}

export class MeasureLoop {
  readonly #options: MeasureLoopOptions;
  readonly #sink: MeasureSink;
  readonly #nap: Nap;

  constructor(options: MeasureLoopOptions, sink: MeasureSink) {
    this.#options = options;
    this.#sink = sink;
    this.#nap = new Nap(options.timers);
  }

  /** Measures at once and then at the interval, until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#measureOnce(signal);
      if (signal.aborted) return;
      this.#nap.arm();
      await this.#nap.take(this.#waitMs(), signal);
    }
  }

  /**
   * Ends the current wait, so that the next measurement begins now. During a measurement it has no effect.
   */
  measureNow(): void {
    this.#nap.wake();
  }

  async #measureOnce(signal: AbortSignal): Promise<void> {
    const { source, challenge, logger } = this.#options;
    try {
      const asked = challenge();
      const measurement = await source.measure({
        signal,
        ...defined({ challenge: asked }),
      });
      if (!signal.aborted) this.#sink.measured(measurement);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof MeasurementError))
        logger.error({ [LogField.error]: error }, 'the measurement source failed');
      const code = error instanceof MeasurementError ? error.code : 'failed';
      this.#reportFailure({ code, message: messageOf(error) });
    }
  }

  /** Reports a failure. If reporting fails, the loop still continues with the next measurement. */
  #reportFailure(failure: { readonly code: string; readonly message: string }): void {
    try {
      this.#sink.failed(failure);
    } catch (error) {
      this.#options.logger.error({ [LogField.error]: error }, 'a failed measurement could not be recorded');
    }
  }

  #waitMs(): number {
    const { intervalMs, jitter, random } = this.#options;
    return intervalMs * (1 + jitter * (2 * random() - 1));
  }
}
