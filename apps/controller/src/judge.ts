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
import { UnrecordedDenials } from './unrecorded-denials.ts';

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
  readonly #unrecorded = new UnrecordedDenials();
  /** How many commands under way would deny a node: only when the last of them has not, its cut is taken back. */
  readonly #claims = new Map<string, number>();
  #retryScheduled = false;
  #closed = false;

  constructor(options: JudgeOptions) {
    this.#options = options;
    options.journal.onCommit((events) => {
      options.publication.apply(events);
      for (const event of events) {
        if (event.type === 'node_denied' || event.type === 'node_admitted')
          this.#unrecorded.settled(event.nodeId);
        this.#note(event);
      }
    });
  }

  /**
   * Runs a command that can deny. Whom it would deny is cut at once; then it is journalled. Should the disk fail,
   * the cut stays, and cut and command are offered to the disk until it takes them.
   *
   * @throws ProblemError, StorageUnavailable
   */
  async run<Answer>(command: Command<Answer>): Promise<Answer> {
    const { view, journal } = this.#options;
    const foreseen = command(view, journal.context());
    const denied =
      foreseen.kind === 'done' ? foreseen.events.filter((event) => event.type === 'node_denied') : [];
    this.#claim(denied);
    try {
      return await journal.run(command);
    } catch (error) {
      if (!(error instanceof ProblemError)) {
        this.#unrecorded.keep(command, foreseen);
        this.#retryLater();
      }
      throw error;
    } finally {
      this.#settle(denied);
    }
  }

  close(): void {
    this.#closed = true;
  }

  #claim(denied: readonly Denial[]): void {
    const { view, publication } = this.#options;
    for (const { nodeId, reason } of denied) {
      this.#claims.set(nodeId, (this.#claims.get(nodeId) ?? 0) + 1);
      const node = view.node(nodeId);
      if (node !== undefined) publication.cut(node, reason);
    }
  }

  /** After the journal has spoken: a foreseen denial that did not come true is taken back, if nobody else upholds it. */
  #settle(denied: readonly Denial[]): void {
    const { view, publication } = this.#options;
    for (const { nodeId } of denied) {
      const claims = (this.#claims.get(nodeId) ?? 0) - 1;
      if (claims > 0) {
        this.#claims.set(nodeId, claims);
        continue;
      }
      this.#claims.delete(nodeId);
      const node = view.node(nodeId);
      if (node?.membership === 'admitted' && !this.#unrecorded.stands(nodeId)) publication.restore(node);
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
    const commands = this.#unrecorded.commands();
    try {
      await journal.run(
        recordCuts(() => ({ commands, cuts: openCuts(), failedSinceMs: journal.failingSinceMs })),
      );
      this.#unrecorded.forget(commands);
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
