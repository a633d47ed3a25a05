// Where messages, the clock and operators meet the state. What denies is in force before it is on disk: storage
// never delays a denial. Everything else is true only after its commit.

import type { Logger, Timers } from '@mesh/host';
import { LogField } from '@mesh/host';
import { ProblemError } from '@mesh/protocol';
import { describeReason, type Reason } from '@mesh/scoring';
import type { Command } from './commands/outcome.ts';
import { recordCuts } from './commands/record-cuts.ts';
import type { Publication } from './publish/publication.ts';
import type { MeshEvent } from './state/events.ts';
import type { MeshView } from './state/mesh-state.ts';
import type { SqliteJournal } from './store/sqlite-journal.ts';

/** How often a denial that the disk refused is offered again. */
const RETRY_MS = 500;

export interface JudgeOptions {
  readonly view: MeshView;
  readonly journal: SqliteJournal;
  readonly publication: Publication;
  readonly openCuts: () => ReadonlyMap<string, Reason>;
  readonly timers: Timers;
  readonly logger: Logger;
}

type Denial = Extract<MeshEvent, { type: 'node_denied' | 'node_admitted' }>;

export class Judge {
  readonly #options: JudgeOptions;
  #retryScheduled = false;
  #closed = false;

  constructor(options: JudgeOptions) {
    this.#options = options;
    options.journal.onCommit((events) => {
      options.publication.apply(events);
      for (const event of events) this.#note(event);
    });
  }

  /**
   * Runs a command that can deny. Whom it would deny is cut at once; then it is journalled. Should the disk fail,
   * the cut stays and is offered to the disk until it takes it.
   *
   * @throws ProblemError, StorageUnavailable
   */
  async run<Answer>(command: Command<Answer>): Promise<Answer> {
    const { view, journal } = this.#options;
    const foreseen = command(view, journal.context());
    const denied =
      foreseen.kind === 'done' ? foreseen.events.filter((event) => event.type === 'node_denied') : [];
    const cut = this.#cut(denied);
    try {
      const answer = await journal.run(command);
      this.#settle(cut);
      return answer;
    } catch (error) {
      if (error instanceof ProblemError) this.#settle(cut);
      else {
        // Whatever kept it from the disk, and whoever has taken the cut back meanwhile: the denial stands.
        this.#cut(denied);
        this.#retryLater();
      }
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
  }

  /** @returns those that this cut; a node that an earlier cut has put out already is that one's concern */
  #cut(denied: readonly Denial[]): Denial[] {
    const { view, publication } = this.#options;
    return denied.filter(({ nodeId, reason }) => {
      const node = view.node(nodeId);
      return node !== undefined && publication.cut(node, reason);
    });
  }

  /** After the journal has spoken: a foreseen denial that did not come true is taken back. */
  #settle(cut: readonly Denial[]): void {
    const { view, publication } = this.#options;
    for (const { nodeId } of cut) {
      const node = view.node(nodeId);
      if (node?.membership === 'admitted') publication.restore(node);
    }
  }

  #retryLater(): void {
    if (this.#retryScheduled || this.#closed) return;
    this.#retryScheduled = true;
    this.#options.timers.setTimer(RETRY_MS, () => void this.#retry(), { background: true });
  }

  async #retry(): Promise<void> {
    this.#retryScheduled = false;
    if (this.#closed) return;
    const { journal, openCuts, logger } = this.#options;
    try {
      await journal.run(recordCuts(openCuts, () => journal.failingSinceMs));
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'the database still cannot be written');
      this.#retryLater();
    }
  }

  #note(event: MeshEvent): void {
    const { logger } = this.#options;
    if (event.type === 'node_denied' || event.type === 'node_admitted') {
      const verb = event.type === 'node_denied' ? 'denied' : 'admitted';
      logger.info(
        {
          [LogField.nodeId]: event.nodeId,
          [LogField.epochId]: event.epochId,
          [LogField.code]: event.reason.code,
        },
        `node ${verb}: ${describeReason(event.reason)}`,
      );
    } else if (event.type === 'message_rejected') {
      logger.warn({ [LogField.nodeId]: event.nodeId, [LogField.code]: event.code }, 'message rejected');
    } else if (event.type === 'epoch_opened') {
      logger.info(
        { [LogField.epochId]: event.epochId, [LogField.count]: event.admittedCount },
        `epoch opened (${event.cause})`,
      );
    } else if (event.type !== 'benchmark_accepted') {
      logger.info(
        'nodeId' in event && event.nodeId !== undefined ? { [LogField.nodeId]: event.nodeId } : {},
        event.type,
      );
    }
  }
}
