// Runs the commands that messages, the clock and operators cause. A denial or a limit is in force before it
// is on disk, so that storage never delays it. Everything else takes effect only after its commit.

import type { Logger, Timers } from '@mesh/host';
import { LogField } from '@mesh/host';
import type { Command, Foreseen, MeshEvent, MeshView, UrgentEvent } from '@mesh/membership';
import { foresee, recordCuts, UnrecordedDenials } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { ProblemError } from '@mesh/protocol';
import { describeReason, type Reason } from '@mesh/scoring';
import type { Publication } from '../publish/publication.ts';
import type { SqliteJournal } from '../store/sqlite-journal.ts';

/** How long until a command that the disk refused is tried again. */
const RETRY_MS = 500;

export interface JudgeOptions {
  readonly view: MeshView;
  readonly journal: SqliteJournal;
  readonly publication: Publication;
  readonly unconfirmedCuts: () => ReadonlyMap<NodeId, Reason>;
  readonly unconfirmedDeclines: () => ReadonlyMap<NodeId, Reason>;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class Judge {
  readonly #options: JudgeOptions;
  readonly #unrecorded = new UnrecordedDenials();
  /**
   * How many commands in progress claim each denial or limit. When the last of them ends and the claim has
   * not come true, the denial or limit is taken back.
   */
  readonly #claims = new Map<string, number>();
  /** What was foreseen in this turn of the event loop. It still holds, because nothing was awaited since. */
  readonly #current = new WeakSet<Foreseen>();
  #isRetryScheduled = false;
  #isClosed = false;

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
   * Finds out what a command would do now, for a decision that depends on it. Pass the result to {@link run}
   * before anything is awaited.
   *
   * @param senderId the node that sends the message, if the caller needs to know what the command costs it
   * @throws whatever the command throws
   */
  foresee(command: Command, senderId?: NodeId): Foreseen {
    const foreseen = this.#lookAhead(command, senderId);
    this.#current.add(foreseen);
    queueMicrotask(() => this.#current.delete(foreseen));
    return foreseen;
  }

  /**
   * Runs a command. First it cuts the nodes that the command denies and limits those that it finds declining.
   * Then it journals the command. If the disk fails, the cuts and limits stay in force, and the command is
   * tried again until the disk takes it.
   *
   * The command itself runs twice: when it is foreseen and when it is journalled. A result of {@link foresee}
   * from an earlier turn of the event loop may be out of date, so it is foreseen again.
   *
   * @returns the command's events, which are on disk
   * @throws what {@link SqliteJournal.run} does
   */
  async run(given: Command | Foreseen): Promise<readonly MeshEvent[]> {
    const foreseen = this.#foreseenNow(given);
    this.#claim(foreseen.urgent);
    try {
      return await this.#options.journal.run(foreseen.command);
    } catch (error) {
      if (!(error instanceof ProblemError)) {
        this.#unrecorded.keep(foreseen);
        this.#retryLater();
      }
      throw error;
    } finally {
      this.#settle(foreseen.urgent);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #foreseenNow(given: Command | Foreseen): Foreseen {
    if (typeof given === 'function') return this.#lookAhead(given);
    return this.#current.has(given) ? given : this.#lookAhead(given.command);
  }

  #lookAhead(command: Command, senderId?: NodeId): Foreseen {
    const { view, journal } = this.#options;
    return foresee(command, view, journal.context(), senderId);
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

  /**
   * Called after the journal has answered. Takes back what was foreseen and did not come true, unless another
   * command in progress or a command that the disk refused still claims it.
   */
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
      if (event.type === 'node_denied') publication.withdrawCut(node);
      else publication.withdrawDecline(node);
    }
  }

  #retryLater(): void {
    if (this.#isRetryScheduled || this.#isClosed) return;
    this.#isRetryScheduled = true;
    this.#options.timers.setTimer(RETRY_MS, () => void this.#retry(), { background: true });
  }

  async #retry(): Promise<void> {
    this.#isRetryScheduled = false;
    if (this.#isClosed) return;
    const { journal, unconfirmedCuts, unconfirmedDeclines, logger } = this.#options;
    const commands = this.#unrecorded.commands();
    try {
      await journal.run(
        recordCuts(() => ({
          commands,
          cuts: unconfirmedCuts(),
          declines: unconfirmedDeclines(),
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
    } else if (event.type === 'messages_rejected') {
      const count = event.refusals.reduce((sum, each) => sum + each.count, 0);
      logger.warn({ [LogField.nodeId]: event.nodeId, [LogField.count]: count }, 'messages rejected');
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
