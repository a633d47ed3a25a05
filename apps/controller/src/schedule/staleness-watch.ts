// Denies a node at the moment its benchmark turns stale, not at the next boundary.

import { type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import type { MeshEvent, MeshView, NodeRecord } from '@mesh/membership';
import { denyStale, StalenessQueue } from '@mesh/membership';
import { type Policy, staleAtMs } from '@mesh/scoring';
import type { Judge } from '../judge/judge.ts';
import type { StalenessWaiver } from './staleness-waiver.ts';
import { WallClockAlarm } from './wall-clock-alarm.ts';

const LONGEST_WAIT_MS = 1_000;

export interface StalenessWatchOptions {
  readonly view: MeshView;
  readonly policy: () => Policy;
  readonly judge: Judge;
  readonly waiver: StalenessWaiver;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class StalenessWatch {
  readonly #options: StalenessWatchOptions;
  readonly #queue = new StalenessQueue();
  readonly #alarm: WallClockAlarm;

  constructor(options: StalenessWatchOptions) {
    this.#options = options;
    const { clock, timers } = options;
    this.#alarm = new WallClockAlarm(
      { clock, timers, longestWaitMs: LONGEST_WAIT_MS },
      () => void this.#fire(),
    );
    for (const node of options.view.nodes()) this.#watch(node);
  }

  /** Call it after each commit. */
  onCommit(events: readonly MeshEvent[]): void {
    // The queue keeps the old instants too; a node that is looked at too early stays in.
    if (events.some((event) => event.type === 'policy_applied'))
      for (const node of this.#options.view.nodes()) this.#watch(node);
    for (const event of events) {
      if (event.type !== 'benchmark_accepted' && event.type !== 'node_admitted') continue;
      const node = this.#options.view.node(event.nodeId);
      if (node !== undefined) this.#watch(node);
    }
    this.#arm();
  }

  start(): void {
    this.#arm();
  }

  close(): void {
    this.#alarm.close();
  }

  #watch(node: NodeRecord): void {
    if (node.latest !== undefined && node.membership === 'admitted') {
      this.#queue.push(node.nodeId, staleAtMs(this.#options.policy(), node.latest));
    }
  }

  #arm(): void {
    this.#alarm.set(this.#queue.nextAtMs());
  }

  async #fire(): Promise<void> {
    const { clock, waiver, judge, logger, view } = this.#options;
    const nowMs = clock.nowMs();
    const due = this.#queue.popDue(nowMs);
    if (waiver.isWaived()) {
      for (const nodeId of due) this.#queue.push(nodeId, nowMs + waiver.remainingMs());
      this.#arm();
      return;
    }
    const admitted = due.filter((nodeId) => view.node(nodeId)?.membership === 'admitted');
    try {
      if (admitted.length > 0) await judge.run(denyStale(admitted));
    } catch (error) {
      // The cut is in force, and the judge offers it to the disk again.
      logger.error({ [LogField.error]: error }, 'denials for staleness could not be written yet');
    }
    this.#arm();
  }
}
