// Where messages, the clock and operators meet the state. What denies or limits is in force before it is on disk:
// storage never delays a denial. Everything else is true only after its commit.

import type { Logger, Timers } from '@mesh/host';
import { LogField } from '@mesh/host';
import type { Command, MeshEvent, MeshView } from '@mesh/membership';
import { isUrgent, recordCuts, UnrecordedDenials, type UrgentEvent } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { ProblemError } from '@mesh/protocol';
import { describeReason, type Reason } from '@mesh/scoring';
import type { Publication } from './publish/publication.ts';
import type { SqliteJournal } from './store/sqlite-journal.ts';

/** How often a denial that the disk refused is offered again. */
const RETRY_MS = 500;

export interface JudgeOptions {
  readonly view: MeshView;
  readonly journal: SqliteJournal;
  readonly publication: Publication;
  readonly openCuts: () => ReadonlyMap<NodeId, Reason>;
  readonly openDeclines: () => ReadonlyMap<NodeId, Reason>;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class Judge {
  readonly #options: JudgeOptions;
  readonly #unrecorded = new UnrecordedDenials();
  /** How many commands under way would deny or limit a node: when the last of them has not, that is taken back. */
  readonly #claims = new Map<string, number>();
  #retryScheduled = false;
  #closed = false;

  constructor(options: JudgeOptions) {
    this.#options = options;
    options.journal.onCommit((events) => {
      options.publication.apply(events);
      for (const event of events) {
        this.#unrecorded.settle(event);
        this.#note(event);
      }
    });
  }

  /**
   * Runs a command that can deny or limit. Whom it would deny is cut at once, whom it would find declining is limited
   * at once; then it is journalled. Should the disk fail, that stays, and is offered to the disk with the command until
   * it takes them.
   *
   * @throws what {@link SqliteJournal.run} does
   */
  async run<Answer>(command: Command<Answer>): Promise<Answer> {
    const { view, journal } = this.#options;
    const foreseen = command(view, journal.context());
    const urgent = foreseen.kind === 'done' ? foreseen.events.filter(isUrgent) : [];
    this.#claim(urgent);
    try {
      return await journal.run(command);
    } catch (error) {
      if (!(error instanceof ProblemError)) {
        this.#unrecorded.keep(command, foreseen);
        this.#retryLater();
      }
      throw error;
    } finally {
      this.#settle(urgent);
    }
  }

  close(): void {
    this.#closed = true;
  }

  #claim(urgent: readonly UrgentEvent[]): void {
    const { view, publication } = this.#options;
    for (const event of urgent) {
      const key = claimOf(event);
      this.#claims.set(key, (this.#claims.get(key) ?? 0) + 1);
      const node = view.node(event.nodeId);
      if (node === undefined) continue;
      if (event.type === 'node_denied') publication.cut(node, event.reason);
      else publication.decline(node, event.reason);
    }
  }

  /** After the journal has spoken: what was foreseen and did not come true is taken back, if nobody else upholds it. */
  #settle(urgent: readonly UrgentEvent[]): void {
    const { view, publication } = this.#options;
    for (const event of urgent) {
      const key = claimOf(event);
      const claims = (this.#claims.get(key) ?? 0) - 1;
      if (claims > 0) {
        this.#claims.set(key, claims);
        continue;
      }
      this.#claims.delete(key);
      const node = view.node(event.nodeId);
      if (node?.membership !== 'admitted' || this.#unrecorded.stands(event)) continue;
      if (event.type === 'node_denied') publication.restore(node);
      else publication.undecline(node);
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
    const { journal, openCuts, openDeclines, logger } = this.#options;
    const commands = this.#unrecorded.commands();
    try {
      await journal.run(
        recordCuts(() => ({
          commands,
          cuts: openCuts(),
          declines: openDeclines(),
          failedSinceMs: journal.failingSinceMs,
        })),
      );
      this.#unrecorded.forget(commands);
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'the database still cannot be written');
      this.#retryLater();
    }
  }

  #note(event: MeshEvent): void {
    const { logger } = this.#options;
    if (
      event.type === 'node_denied' ||
      event.type === 'node_admitted' ||
      event.type === 'node_declining' ||
      event.type === 'node_recovered'
    ) {
      logger.info(
        {
          [LogField.nodeId]: event.nodeId,
          [LogField.epochId]: event.epochId,
          [LogField.code]: event.reason.code,
        },
        `${event.type.replace('_', ' ')}: ${describeReason(event.reason)}`,
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

const claimOf = ({ type, nodeId }: UrgentEvent): string => `${type} ${nodeId}`;
