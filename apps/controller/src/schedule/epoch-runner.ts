// Opens epochs: one at the start, one before each boundary, and one when an operator asks for it. It also
// reacts to clock jumps.

import { type Clock, LogField, type Logger, StorageUnavailable, type Timers } from '@mesh/host';
import {
  type Actor,
  applyPendingPolicy,
  type CommandContext,
  type EpochRecord,
  type EpochTiming,
  epochsAt,
  type Freeze,
  freezeEpoch,
  type MeshView,
  nextEpochId,
  type PlannedEpoch,
  planBoundary,
  planImmediate,
} from '@mesh/membership';
import { defined, type EpochId, type MeshId } from '@mesh/primitives';
import type { Judge } from '../judge/judge.ts';
import type { PskDeriver } from '../keys/psk-deriver.ts';
import { ClockJumps } from './clock-jumps.ts';
import { prepareWindowMs } from './prepare-ahead.ts';
import { recordAhead } from './record-ahead.ts';

/** The longest wait between two looks at the clock. A jump is noticed within this time. */
const TICK_MS = 1_000;
const RETRY_MS = 500;

export interface EpochRunnerOptions {
  readonly meshId: MeshId;
  readonly timing: EpochTiming;
  readonly view: MeshView;
  /** What a command would know if it ran now. */
  readonly context: () => CommandContext;
  readonly judge: Judge;
  readonly deriver: PskDeriver;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Called when a published epoch has come into force. */
  readonly onInForce: (epochId: EpochId) => void;
  /**
   * Records the start of this process. Called before the first epoch, and again until it succeeds.
   */
  readonly recordStart: () => Promise<unknown>;
  /** Called shortly before a freeze, for work that can be done ahead of it. */
  readonly onFreezeNear: () => void;
}

export class EpochRunner {
  readonly #options: EpochRunnerOptions;
  #planned: PlannedEpoch | undefined;
  #nearFromMs = Number.POSITIVE_INFINITY;
  #opening: Promise<EpochRecord> | undefined;
  #cancel: (() => void) | undefined;
  readonly #jumps: ClockJumps;
  #isStartRecorded = false;
  /** Whether this process has opened an epoch. */
  #hasOpened = false;
  #inForce: EpochId | 0 = 0;
  #isClosed = false;
  readonly #openedListeners: ((tookMs: number) => void)[] = [];

  constructor(options: EpochRunnerOptions) {
    this.#options = options;
    this.#jumps = new ClockJumps(options.clock);
  }

  /**
   * Opens the first epoch of this process and schedules the next ones. If the disk takes no writes, this
   * resolves without an epoch, and opening is tried again until it succeeds.
   *
   * @throws any other error of opening the epoch
   */
  async start(): Promise<void> {
    try {
      await this.#openFirst();
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      this.#tryAgain(error);
    }
    this.#schedule();
  }

  async #openFirst(): Promise<EpochRecord> {
    if (!this.#isStartRecorded) await this.#options.recordStart();
    this.#isStartRecorded = true;
    const first = await this.#open('start', this.#immediate());
    this.#hasOpened = true;
    return first;
  }

  #tryAgain(error: unknown): void {
    // An epoch that was about to be opened at the close stays unopened. The next process opens its own.
    if (this.#isClosed) return;
    this.#options.logger.error({ [LogField.error]: error }, 'the epoch could not be opened; trying again');
    this.#planned = this.#immediate(RETRY_MS);
  }

  /**
   * Opens the next epoch because an operator asks for it.
   *
   * @param actor who asks, for the log entry of the new epoch
   * @returns the new epoch, or the epoch that is already pending or being opened
   */
  async rotate(actor: Actor): Promise<EpochRecord> {
    const { view, clock } = this.#options;
    const pending = epochsAt(view, clock.nowMs()).next;
    if (pending !== undefined) return pending;
    const opened = await (this.#opening ??
      (this.#hasOpened ? this.#open('manual', this.#immediate(), actor) : this.#openFirst()));
    this.#planned = undefined;
    return opened;
  }

  /** @param listener gets how long it took to open an epoch, from the plan to the commit */
  onOpened(listener: (tookMs: number) => void): void {
    this.#openedListeners.push(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const { clock, timers, view } = this.#options;
    const nowMs = clock.nowMs();
    this.#planned ??= this.#planBoundary(nowMs);
    const activation = epochsAt(view, nowMs).next?.activateAtMs ?? Number.POSITIVE_INFINITY;
    const wakeAtMs = Math.min(this.#planned.freezeAtMs, this.#nearFromMs, activation);
    const waitMs = Math.min(TICK_MS, Math.max(0, wakeAtMs - nowMs));
    this.#cancel = timers.setTimer(waitMs, () => void this.#tick());
  }

  #planBoundary(nowMs: number): PlannedEpoch {
    const { timing, view } = this.#options;
    const planned = planBoundary(nowMs, timing, view.epochs().at(-1)?.activateAtMs ?? nowMs);
    this.#nearFromMs =
      planned.freezeAtMs - prepareWindowMs(view.nodeCount(), Math.max(0, planned.freezeAtMs - nowMs));
    return planned;
  }

  async #tick(): Promise<void> {
    const { clock } = this.#options;
    try {
      if (this.#hasJumped()) await this.#afterJump();
      const nowMs = clock.nowMs();
      this.#noteInForce(nowMs);
      if (nowMs >= this.#nearFromMs) {
        this.#nearFromMs = Number.POSITIVE_INFINITY;
        this.#options.onFreezeNear();
      }
      if (this.#planned !== undefined && nowMs >= this.#planned.freezeAtMs && this.#opening === undefined) {
        const planned = this.#planned;
        this.#planned = undefined;
        // If the freeze comes so late that the boundary is over (the process was paused), the epoch keeps its
        // lead and activates after the boundary.
        if (!this.#hasOpened) await this.#openFirst();
        else await this.#open('boundary', planned.activateAtMs > nowMs ? planned : this.#immediate());
      }
    } catch (error) {
      this.#tryAgain(error);
    }
    this.#schedule();
  }

  #hasJumped(): boolean {
    const jumpMs = this.#jumps.look();
    if (jumpMs !== undefined)
      this.#options.logger.warn({ [LogField.jumpMs]: Math.round(jumpMs) }, 'the wall clock has jumped');
    return jumpMs !== undefined;
  }

  /** Replaces the newest epoch if it now activates more than one epoch length ahead. */
  async #afterJump(): Promise<void> {
    const { clock, timing, view } = this.#options;
    this.#planned = undefined;
    const nowMs = clock.nowMs();
    const newest = view.epochs().at(-1);
    if (newest !== undefined && newest.activateAtMs > nowMs + timing.epochMs)
      await this.#open('boundary', this.#immediate());
  }

  /** Plans an epoch outside the schedule, to be frozen now or `inMs` from now. */
  #immediate(inMs = 0): PlannedEpoch {
    const { clock, timing, view } = this.#options;
    return planImmediate(clock.nowMs() + inMs, timing, view.epochs());
  }

  #open(cause: Freeze['cause'], planned: PlannedEpoch, actor?: Actor): Promise<EpochRecord> {
    this.#opening = this.#openOne({ cause, ...defined({ actor }) }, planned).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openOne(why: Pick<Freeze, 'cause' | 'actor'>, planned: PlannedEpoch): Promise<EpochRecord> {
    const { meshId, timing, view, deriver, judge, clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const activateAtMs = Math.ceil(planned.activateAtMs);
    const epochId = nextEpochId(view.epochs(), activateAtMs, timing);
    const commitment = await deriver.open(meshId, epochId);
    // The policy of the epoch chooses its members, so it is in force before the first of them is decided on.
    if (view.policies().pending !== undefined) await judge.run(applyPendingPolicy(epochId));
    await recordAhead(this.#options, epochId);
    await judge.run(freezeEpoch({ epochId, activateAtMs, commitment, ...why }));
    const tookMs = clock.monotonicMs() - startedMs;
    for (const listener of this.#openedListeners) listener(tookMs);
    return { epochId, activateAtMs, commitment };
  }

  /** Zeroes the secrets of earlier epochs as soon as an epoch has come into force. */
  #noteInForce(nowMs: number): void {
    const { view, deriver, logger, onInForce } = this.#options;
    const current = epochsAt(view, nowMs).current;
    if (current === undefined || current.epochId <= this.#inForce) return;
    this.#inForce = current.epochId;
    onInForce(current.epochId);
    deriver
      .closeBefore(current.epochId)
      .catch((error: unknown) =>
        logger.error({ [LogField.error]: error }, 'old epoch secrets could not be zeroed'),
      );
  }
}
