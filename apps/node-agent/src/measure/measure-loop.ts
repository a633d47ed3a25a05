// Measures at an interval with jitter, in a separate task, so that nothing that drives the tunnel waits for
// it. A failed measurement is reported, and nothing is submitted.

import { LogField, type Logger, Nap, type Timers } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { messageOf } from '../errors/agent-error.ts';
import {
  type Measurement,
  MeasurementError,
  type MeasurementSource,
  type SaidSignals,
} from './result/measurement.ts';

export interface MeasureSink {
  measured(measurement: Measurement): void;
  failed(failure: { readonly code: string; readonly message: string }): void;
}

export interface MeasureLoopOptions {
  readonly source: MeasurementSource;
  /** Asked before each wait, and again at {@link MeasureLoop.paceChanged}. */
  readonly intervalMs: () => number;
  readonly monotonicMs: () => number;
  /** What else there is to say with a measurement; undefined if nobody wants to know. It does not reject. */
  readonly observe: () => Promise<SaidSignals> | undefined;
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
  #isWanted = false;

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
      await this.#untilDue(signal);
    }
  }

  /** Waits the interval ± the jitter, which is drawn once. */
  async #untilDue(signal: AbortSignal): Promise<void> {
    const { intervalMs, jitter, monotonicMs, random } = this.#options;
    const beganMs = monotonicMs();
    const share = 1 + jitter * (2 * random() - 1);
    this.#isWanted = false;
    for (;;) {
      this.#nap.arm();
      const leftMs = intervalMs() * share - (monotonicMs() - beganMs);
      if (signal.aborted || this.#isWanted || leftMs <= 0) return;
      await this.#nap.take(leftMs, signal);
    }
  }

  /** The interval has become another. It counts from the last measurement, for the present wait too. */
  paceChanged(): void {
    this.#nap.wake();
  }

  /**
   * Ends the current wait, so that the next measurement begins now. During a measurement it has no effect.
   */
  measureNow(): void {
    this.#isWanted = true;
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
      const observed = await this.#options.observe();
      if (!signal.aborted) this.#sink.measured(withSignals(measurement, observed));
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
}

function withSignals(measurement: Measurement, observed: SaidSignals | undefined): Measurement {
  if (observed === undefined) return measurement;
  return { ...measurement, signals: { ...measurement.signals, ...observed } };
}
