// Tells receivers what operators should know of. What is an entry of the log is read from the log, from where
// each receiver was told last: so nothing is lost that is on disk, however the process ends. Findings, which
// are no entries, are kept beside it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import type { MeshEvent } from '@mesh/membership';
import type { AlertRows } from '../store/alert-rows.ts';
import type { Alert, QueuedAlert } from './alert.ts';
import { alertOfEntry, eventOfEntry } from './alert-of-entry.ts';
import type { Ongoing } from './findings.ts';
import { type KeptFinding, KeptFindings } from './kept-findings.ts';
import type { Delivery, Receiver } from './receiver.ts';
import { type QueueStatus, ReceiverQueue } from './receiver-queue.ts';

export interface AlertsPorts {
  readonly receivers: readonly Receiver[];
  readonly rows: AlertRows;
  readonly logSize: () => number;
  /** What goes on now that the log does not have. */
  readonly goingOn: () => readonly Ongoing[];
  readonly newId: () => string;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 ≤ random < 1 */
  readonly random: () => number;
  readonly logger: Logger;
}

export const LOOK_EVERY_MS = 5_000;
const SAVE_AFTER_MS = 1_000;
/** How many entries are read in one turn. */
const READ_AT_ONCE = 512;
/** A place that only passes entries that nobody waits for is written after this many of them. */
const SAVE_EVERY_ENTRIES = 4_096;

export class Alerts {
  readonly #ports: AlertsPorts;
  readonly #findings: KeptFindings;
  readonly queues: readonly ReceiverQueue[];
  /** Found and not yet offered, because entries before it are not. */
  #found: KeptFinding[];
  /** The first entry that was not offered. */
  #nextIndex: number;
  #savedTo: number;
  #isReading = false;
  #isChanged: boolean;
  #isClosed = false;
  #cancelLook: () => void = () => undefined;
  #cancelSave: () => void = () => undefined;

  /** A receiver that is new is told of what happens from now on. @throws the error of SQLite */
  constructor(ports: AlertsPorts) {
    this.#ports = ports;
    const { receivers, rows, logSize, clock, newId } = ports;
    this.#findings = new KeptFindings({ rows, logSize, newId, nowMs: () => Math.floor(clock.nowMs()) });
    const places = rows.places();
    const fresh = { nextIndex: logSize(), lastFinding: this.#findings.newest, dropped: 0 };
    this.queues = receivers.map(
      (receiver) =>
        new ReceiverQueue(receiver, places.get(receiver.name) ?? fresh, {
          ...ports,
          moved: () => this.#saveSoon(),
        }),
    );
    this.#isChanged = places.size !== receivers.length || receivers.some(({ name }) => !places.has(name));
    this.#nextIndex = Math.min(fresh.nextIndex, ...this.queues.map(({ place }) => place.nextIndex));
    this.#savedTo = this.#nextIndex;
    this.#found = [...this.#findings.all()];
  }

  /** Goes on where the last process has ended. */
  start(): void {
    if (this.#isChanged) this.#save();
    if (this.queues.length === 0) return;
    void this.#read();
    this.#lookLater();
  }

  /** Call it after each commit, with its events. */
  onCommit(events: readonly MeshEvent[]): void {
    if (this.queues.length === 0 || this.#isClosed) return;
    const size = this.#ports.logSize();
    const isWanted = events.some(({ type }) => {
      const event = eventOfEntry(type);
      return event !== undefined && this.queues.some((queue) => queue.wants(event));
    });
    // Each event is one entry.
    if (!isWanted && !this.#isReading && this.#nextIndex === size - events.length) this.#nextIndex = size;
    else void this.#read();
  }

  /** Sends these receivers a test alert, and says what they answered. */
  test(queues: readonly ReceiverQueue[]): Promise<readonly Delivery[]> {
    const { newId, clock } = this.#ports;
    const alert: Alert = {
      id: `test_${newId()}`,
      event: 'test',
      status: 'event',
      severity: 'info',
      atMs: Math.floor(clock.nowMs()),
      summary: 'a test of this receiver: nothing has happened',
    };
    return Promise.all(queues.map((queue) => queue.try(alert)));
  }

  /** What each receiver has taken, by its name. */
  statuses(): readonly (QueueStatus & { readonly name: string })[] {
    return this.queues.map(({ receiver, status }) => ({ name: receiver.name, ...status }));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLook();
    this.#cancelSave();
    for (const queue of this.queues) queue.close();
    if (this.queues.length > 0) this.#save();
  }

  /** Never rejects. In turns, so that a long log holds nothing up. */
  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const { logSize, logger } = this.#ports;
    try {
      // Callers of the commit are answered first.
      await nextTurn();
      while (!this.#isClosed && this.#nextIndex < logSize()) {
        this.#readSome(Math.min(logSize(), this.#nextIndex + READ_AT_ONCE));
        await nextTurn();
      }
      if (!this.#isClosed) this.#offerFound(Number.POSITIVE_INFINITY);
    } catch (error) {
      logger.error(
        { [LogField.error]: error },
        'the log could not be read for alerts; it is tried again with the next entry',
      );
    } finally {
      this.#isReading = false;
    }
  }

  #readSome(before: number): void {
    for (const row of this.#ports.rows.entries(this.#nextIndex, before)) {
      const alert = alertOfEntry(row);
      if (alert === undefined) continue;
      this.#offerFound(row.index);
      this.#offer({ position: { kind: 'entry', index: row.index }, alert });
    }
    this.#nextIndex = before;
  }

  /** Offers those that were found before this entry. */
  #offerFound(index: number): void {
    while ((this.#found[0]?.logSize ?? Number.POSITIVE_INFINITY) <= index) {
      const found = this.#found.shift();
      if (found === undefined) return;
      this.#offer(found);
    }
  }

  #offer(queued: QueuedAlert): void {
    for (const queue of this.queues) queue.offer(queued);
  }

  #lookLater(): void {
    this.#cancelLook = this.#ports.timers.setTimer(
      LOOK_EVERY_MS,
      () => {
        this.#look();
        this.#lookLater();
      },
      { background: true },
    );
  }

  #look(): void {
    const found = this.#findings.look(this.#ports.goingOn());
    this.#found.push(...found);
    if (found.length > 0) {
      this.#isChanged = true;
      void this.#read();
    } else this.#catchUp();
    if (this.#isChanged) this.#save();
  }

  #catchUp(): void {
    if (this.#isReading || this.#found.length > 0) return;
    for (const queue of this.queues) queue.catchUp(this.#nextIndex, this.#findings.newest);
    if (this.#nextIndex - this.#savedTo >= SAVE_EVERY_ENTRIES) this.#isChanged = true;
  }

  #saveSoon(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#cancelSave = this.#ports.timers.setTimer(SAVE_AFTER_MS, () => this.#save(), { background: true });
  }

  /** What cannot be written is written with the next look. */
  #save(): void {
    const { rows, logger } = this.#ports;
    try {
      this.#findings.save();
      rows.keepPlaces(new Map(this.queues.map(({ receiver, place }) => [receiver.name, place])));
      const unread = this.#found[0]?.position.finding ?? Number.POSITIVE_INFINITY;
      this.#findings.prune(Math.min(unread - 1, ...this.queues.map((queue) => queue.toldToFinding)));
      this.#savedTo = this.#nextIndex;
      this.#isChanged = false;
    } catch (error) {
      this.#isChanged = true;
      logger.debug({ [LogField.error]: error }, 'what receivers were told of could not be stored yet');
    }
  }
}
