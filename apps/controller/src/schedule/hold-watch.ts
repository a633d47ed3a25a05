// Decides again on a node at the moment at which the brake's hold of it ends. It is cut then, unless it meets
// the policy by now.

import { type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import { denyStale, type MeshEvent, type MeshView, StalenessQueue } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Judge } from '../judge/judge.ts';
import { WallClockAlarm } from './wall-clock-alarm.ts';

const LONGEST_WAIT_MS = 1_000;

export interface HoldWatchOptions {
  readonly view: MeshView;
  readonly judge: Pick<Judge, 'run'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class HoldWatch {
  readonly #options: HoldWatchOptions;
  readonly #queue = new StalenessQueue();
  readonly #alarm: WallClockAlarm;

  constructor(options: HoldWatchOptions) {
    this.#options = options;
    const { clock, timers } = options;
    this.#alarm = new WallClockAlarm(
      { clock, timers, longestWaitMs: LONGEST_WAIT_MS },
      () => void this.#fire(),
    );
    for (const { nodeId } of options.view.nodes()) this.#watch(nodeId);
  }

  /** Call it after each commit. */
  onCommit(events: readonly MeshEvent[]): void {
    for (const event of events)
      if (event.type === 'node_held' || event.type === 'hold_released') this.#watch(event.nodeId);
    this.#arm();
  }

  start(): void {
    this.#arm();
  }

  close(): void {
    this.#alarm.close();
  }

  #watch(nodeId: NodeId): void {
    const untilMs = this.#options.view.node(nodeId)?.hold?.untilMs;
    if (untilMs !== undefined) this.#queue.push(nodeId, untilMs);
  }

  #arm(): void {
    this.#alarm.set(this.#queue.nextAtMs());
  }

  async #fire(): Promise<void> {
    const { clock, judge, view, logger } = this.#options;
    const nowMs = Math.floor(clock.nowMs());
    // A hold that was made longer since is in the queue again, with its new end.
    const due = this.#queue.popDue(nowMs).filter((nodeId) => {
      const hold = view.node(nodeId)?.hold;
      return hold !== undefined && hold.untilMs <= nowMs;
    });
    try {
      if (due.length > 0) await judge.run(denyStale(due));
    } catch (error) {
      // The cut is in force, and the judge offers it to the disk again.
      logger.error({ [LogField.error]: error }, 'the end of holds could not be written yet');
    }
    this.#arm();
  }
}
