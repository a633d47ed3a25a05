// What one receiver waits for: it is told of one alert at a time, in order, and again until it has taken it.
// Other receivers and the controller's decisions wait for none of this.

import { type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import type { AlertPlace } from '../store/alert-rows.ts';
import type { Alert, QueuedAlert } from './alert.ts';
import type { Delivery, Receiver } from './receiver.ts';

export interface QueuePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 ≤ random < 1 */
  readonly random: () => number;
  readonly logger: Logger;
  /** Called when the place has changed. */
  readonly moved: () => void;
}

/** How many alerts wait for a receiver. The oldest are dropped and counted. */
export const MOST_WAITING = 1_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
/** How often an alert is tried that the receiver refuses as it is. */
const TRIES_OF_REFUSED = 5;

export interface QueueStatus {
  readonly pending: number;
  readonly dropped: number;
  /** Since this process started. */
  readonly delivered: number;
  readonly failures: number;
  /** Undefined: the last try succeeded, or there was none. */
  readonly failing: { readonly sinceMs: number; readonly why: string } | undefined;
  readonly lastDeliveredAtMs: number | undefined;
}

export class ReceiverQueue {
  readonly receiver: Receiver;
  readonly #ports: QueuePorts;
  readonly #waiting: QueuedAlert[] = [];
  readonly #closing = new AbortController();
  #place: AlertPlace;
  /** Ends with the try that is under way. */
  #turn: Promise<unknown> = Promise.resolve();
  #isTrying = false;
  #cancelRetry: () => void = () => undefined;
  #isWaitingToRetry = false;
  #triesOfFirst = 0;
  #failuresInARow = 0;
  #delivered = 0;
  #failures = 0;
  #failing: QueueStatus['failing'];
  #lastDeliveredAtMs: number | undefined;

  constructor(receiver: Receiver, place: AlertPlace, ports: QueuePorts) {
    this.receiver = receiver;
    this.#place = place;
    this.#ports = ports;
  }

  get place(): AlertPlace {
    return this.#place;
  }

  get status(): QueueStatus {
    return {
      pending: this.#waiting.length,
      dropped: this.#place.dropped,
      delivered: this.#delivered,
      failures: this.#failures,
      failing: this.#failing,
      lastDeliveredAtMs: this.#lastDeliveredAtMs,
    };
  }

  /** The last finding that it need not be told of any more. */
  get toldToFinding(): number {
    const first = this.#waiting.find(({ position }) => position.kind === 'finding')?.position;
    return first?.kind === 'finding' ? first.finding - 1 : Number.POSITIVE_INFINITY;
  }

  wants(event: string): boolean {
    return this.receiver.events.includes(event);
  }

  /**
   * Takes an alert that is behind all that it has taken, unless the receiver was told of it or wants none.
   */
  offer(queued: QueuedAlert): void {
    if (!this.wants(queued.alert.event) || this.#isBehind(queued)) return;
    this.#waiting.push(queued);
    // The first one is on its way.
    if (this.#waiting.length > MOST_WAITING) this.#drop(this.#isTrying ? 1 : 0);
    this.#tell();
  }

  /** Everything before this was offered: if nothing waits, the receiver was told of all of it. */
  catchUp(nextIndex: number, lastFinding: number): void {
    if (this.#waiting.length === 0) this.#place = { ...this.#place, nextIndex, lastFinding };
  }

  /** Tells the receiver of an alert beside those that wait, once, after the try that is under way. */
  try(alert: Alert): Promise<Delivery> {
    const turn = this.#turn.then(() => this.#deliver(alert));
    this.#turn = turn;
    return turn;
  }

  /** What waits then is told after the next start. */
  close(): void {
    this.#cancelRetry();
    this.#closing.abort(new Error('the controller stops'));
  }

  #isBehind({ position }: QueuedAlert): boolean {
    return position.kind === 'entry'
      ? position.index < this.#place.nextIndex
      : position.finding <= this.#place.lastFinding;
  }

  #tell(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#isTrying || this.#isWaitingToRetry || this.#closing.signal.aborted)
      return;
    this.#isTrying = true;
    void this.try(first.alert).then((delivery) => {
      this.#isTrying = false;
      if (this.#closing.signal.aborted) return;
      if (delivery.kind === 'delivered') this.#succeeded(first);
      else this.#failed(delivery);
      this.#tell();
    });
  }

  #succeeded(first: QueuedAlert): void {
    const { clock, logger } = this.#ports;
    this.#waiting.shift();
    this.#triesOfFirst = 0;
    this.#failuresInARow = 0;
    this.#delivered += 1;
    this.#lastDeliveredAtMs = clock.nowMs();
    if (this.#failing !== undefined)
      logger.info({ [LogField.receiver]: this.receiver.name }, 'a receiver takes alerts again');
    this.#failing = undefined;
    this.#moveBehind(first);
  }

  #failed({ why, waitMs = 0, isRefused = false }: Delivery & { readonly kind: 'failed' }): void {
    const { clock, timers, random, logger } = this.#ports;
    const { name } = this.receiver;
    this.#failures += 1;
    this.#failuresInARow += 1;
    this.#triesOfFirst += 1;
    if (this.#failing === undefined)
      logger.warn(
        { [LogField.receiver]: name, [LogField.reason]: why },
        'a receiver does not take alerts; they wait, and it is tried again, less and less often',
      );
    this.#failing = { sinceMs: this.#failing?.sinceMs ?? clock.nowMs(), why };
    if (isRefused && this.#triesOfFirst >= TRIES_OF_REFUSED) this.#drop(0);
    const ceilingMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failuresInARow - 1, 20));
    const backOffMs = ceilingMs / 2 + (ceilingMs / 2) * random();
    this.#isWaitingToRetry = true;
    this.#cancelRetry = timers.setTimer(
      Math.min(LONGEST_WAIT_MS, Math.max(waitMs, backOffMs)),
      () => {
        this.#isWaitingToRetry = false;
        this.#tell();
      },
      { background: true },
    );
  }

  /**
   * Index 0 drops the first; 1 drops the one after an alert that is being delivered.
   */
  #drop(at: 0 | 1): void {
    const [dropped] = this.#waiting.splice(at, 1);
    if (dropped === undefined) return;
    if (at === 0) this.#triesOfFirst = 0;
    this.#place = { ...this.#place, dropped: this.#place.dropped + 1 };
    this.#ports.logger.warn(
      { [LogField.receiver]: this.receiver.name, [LogField.count]: this.#place.dropped },
      'an alert was dropped: its receiver refused it, or too many waited',
    );
    // The place moves past a dropped second alert with the next alert behind it.
    if (at === 0) this.#moveBehind(dropped);
    else this.#ports.moved();
  }

  #moveBehind({ position }: QueuedAlert): void {
    this.#place =
      position.kind === 'entry'
        ? { ...this.#place, nextIndex: position.index + 1 }
        : { ...this.#place, lastFinding: position.finding };
    this.#ports.moved();
  }

  async #deliver(alert: Alert): Promise<Delivery> {
    const { timers } = this.#ports;
    const { timeoutMs } = this.receiver;
    const limit = new AbortController();
    const cancel = timers.setTimer(
      timeoutMs,
      () => limit.abort(new Error(`no end within ${timeoutMs / 1_000} s`)),
      { background: true },
    );
    try {
      const signal = AbortSignal.any([limit.signal, this.#closing.signal]);
      return await this.receiver.deliver(alert, this.#place.dropped, signal);
    } finally {
      cancel();
    }
  }
}
