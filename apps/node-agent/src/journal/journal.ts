// The agent's history in a SQLite file (WAL, every commit synced), for the operator who wants to know
// afterwards what happened. Recording neither waits nor fails: rows are queued here, and a worker thread
// commits them in batches. If the disk takes no writes, the oldest rows of a long queue are dropped and
// counted.

import { Worker } from 'node:worker_threads';
import { type Clock, LogField, type Logger } from '@mesh/host';
import type { AgentEvent } from '../events/agent-events.ts';
import type { JournalAnswer, JournalRequest, JournalRow } from './journal-schema.ts';

export interface RecordedEvent {
  readonly atMs: number;
  readonly event: AgentEvent;
}

export interface JournalOptions {
  readonly path: string;
  /** How many rows the file keeps, the newest. */
  readonly keep?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MAX_QUEUED = 10_000;
const RECENT = 50;

export class Journal {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #worker: Worker;
  readonly #recent: RecordedEvent[] = [];
  #queued: JournalRow[] = [];
  #inFlight: readonly JournalRow[] = [];
  #dropped = 0;
  #isFailing = false;
  #onClosed: (() => void) | undefined;

  constructor({ path, keep = 100_000, clock, logger }: JournalOptions) {
    this.#clock = clock;
    this.#logger = logger;
    const file = import.meta.url.endsWith('.ts') ? './journal-worker.ts' : './journal-worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url), { workerData: { path, keep } });
    this.#worker.unref();
    this.#worker.on('message', (answer: JournalAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#failed(error.message));
  }

  /** Records an event, which is on disk soon afterwards. */
  readonly record = (event: AgentEvent): void => {
    const atMs = Math.round(this.#clock.nowMs());
    this.#recent.push({ atMs, event });
    if (this.#recent.length > RECENT) this.#recent.shift();
    const { type, ...data } = event;
    this.#queued.push({ atMs, type, data: JSON.stringify(data) });
    if (this.#queued.length > MAX_QUEUED) {
      this.#queued.shift();
      this.#dropped += 1;
    }
    this.#send();
  };

  /** The last events of this run, oldest first. */
  recent(): readonly RecordedEvent[] {
    return [...this.#recent];
  }

  /** Commits what is queued and ends the thread. Resolves even if the disk takes no writes. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      this.#worker.once('exit', () => resolve());
      this.#worker.ref();
      this.#send();
      this.#post({ kind: 'close' });
    });
    await this.#worker.terminate();
  }

  #send(): void {
    // One batch at a time: what arrives in the meantime becomes the next batch.
    if (this.#inFlight.length > 0 && this.#onClosed === undefined) return;
    if (this.#queued.length === 0) return;
    this.#inFlight = this.#queued;
    this.#queued = [];
    this.#post({ kind: 'append', rows: this.#inFlight });
  }

  #post(request: JournalRequest): void {
    this.#worker.postMessage(request);
  }

  #answered(answer: JournalAnswer): void {
    if (answer.kind === 'closed') {
      this.#onClosed?.();
      return;
    }
    if (answer.kind === 'failed') {
      this.#failed(answer.message);
      if (this.#onClosed !== undefined) this.#onClosed();
      return;
    }
    this.#inFlight = [];
    if (this.#isFailing)
      this.#logger.info({ [LogField.count]: this.#dropped }, 'the journal is written again');
    this.#isFailing = false;
    this.#dropped = 0;
    this.#send();
  }

  /** Rows that could not be written are tried again with the next event. */
  #failed(message: string): void {
    if (!this.#isFailing)
      this.#logger.error({ [LogField.reason]: message }, 'the journal cannot be written; the agent goes on');
    this.#isFailing = true;
    const kept = [...this.#inFlight, ...this.#queued];
    this.#dropped += Math.max(0, kept.length - MAX_QUEUED);
    this.#queued = kept.slice(-MAX_QUEUED);
    this.#inFlight = [];
  }
}
