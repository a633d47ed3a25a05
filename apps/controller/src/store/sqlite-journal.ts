// The one writer. A command runs against what is true when its turn comes; its events, their log entries and the
// rows that they change are one transaction; memory changes, subscribers hear and callers are answered only after
// the commit.

import type { Clock } from '@mesh/host';
import { GroupCommit, HostError } from '@mesh/host';
import type { Command, CommandContext, MeshEvent, Outcome } from '@mesh/membership';
import { applyEvent, MeshDraft, type MeshState } from '@mesh/membership';
import { ProblemError } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import type { Database } from 'better-sqlite3';
import type { LogHead, LogWriter } from './log-writer.ts';
import type { RowWriter } from './node-rows.ts';

export interface JournalOptions {
  readonly db: Database;
  readonly state: MeshState;
  readonly rows: RowWriter;
  readonly log: LogWriter;
  readonly clock: Clock;
  readonly policy: () => Policy;
  readonly isStalenessWaived: () => boolean;
  /** Called once when memory and disk may differ: only a new process, which reads the disk, can go on. */
  readonly onBroken: (error: Error) => void;
}

/** Called after each commit with the events of the batch, in order, before any caller is answered. */
export type CommitListener = (events: readonly MeshEvent[]) => void;

export class SqliteJournal {
  readonly #options: JournalOptions;
  readonly #commits: GroupCommit<Command<unknown>, { outcome: Outcome<unknown> }>;
  readonly #listeners: CommitListener[] = [];
  #batch: MeshDraft;
  #item: MeshDraft;
  #mark: ReturnType<LogWriter['mark']>;
  #failingSinceMs: number | undefined;
  #broken = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    const { db, state, log } = options;
    this.#batch = new MeshDraft(state);
    this.#item = new MeshDraft(this.#batch);
    this.#mark = log.mark();
    this.#commits = new GroupCommit(db, {
      begin: () => {
        this.#batch = new MeshDraft(state);
        log.rollback();
      },
      itemBegin: () => {
        this.#item = new MeshDraft(this.#batch);
        this.#mark = log.mark();
      },
      apply: (_db, command) => ({ outcome: this.#apply(command) }),
      itemApplied: () => this.#batch.merge(this.#item.changes()),
      itemRolledBack: () => log.returnTo(this.#mark),
      committed: (outcomes) => {
        state.merge(this.#batch.changes());
        log.commit();
        const events = outcomes.flatMap(({ result }) => result.outcome.events);
        if (events.length === 0) return;
        // A transaction that wrote nothing says nothing about the disk.
        this.#failingSinceMs = undefined;
        for (const listener of this.#listeners) listener(events);
      },
      rolledBack: () => {
        this.#failingSinceMs ??= this.context().nowMs;
        log.rollback();
      },
    });
  }

  /** Whether the last write failed: nothing may be admitted and no lease renewed until one succeeds. */
  get failing(): boolean {
    return this.#failingSinceMs !== undefined;
  }
  get failingSinceMs(): number | undefined {
    return this.#failingSinceMs;
  }

  head(): LogHead {
    return this.#options.log.head();
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** What a command sees of the moment; also for looking ahead at what it would do. */
  context(): CommandContext {
    return {
      nowMs: Math.floor(this.#options.clock.nowMs()),
      policy: this.#options.policy(),
      stalenessWaived: this.#options.isStalenessWaived(),
    };
  }

  /**
   * Runs a command. Resolves once its events are on disk and true in memory.
   *
   * @throws ProblemError when the command refuses (its trace in the log is on disk then); StorageUnavailable when the disk
   *   does (nothing has changed in memory: send it again); HostError `group_commit_closed`, `group_commit_overloaded` or
   *   `group_commit_broken`; whatever the command itself throws
   */
  async run<Answer>(command: Command<Answer>): Promise<Answer> {
    const { outcome } = await this.#commits.enqueue(command).catch((error: unknown) => {
      if (error instanceof HostError && error.code === 'group_commit_broken' && !this.#broken) {
        this.#broken = true;
        this.#options.onBroken(error);
      }
      throw error;
    });
    if (outcome.kind === 'refused') throw new ProblemError(outcome.problem);
    return outcome.answer as Answer;
  }

  close(): Promise<void> {
    return this.#commits.close();
  }

  #apply(command: Command<unknown>): Outcome<unknown> {
    const { rows, log } = this.#options;
    const context = this.context();
    const outcome = command(this.#item, context);
    for (const event of outcome.events) {
      applyEvent(this.#item, event, context.nowMs, context.policy);
      log.append(event, context.nowMs);
    }
    rows.write(this.#item.changes(), (nodeId) => this.#batch.node(nodeId));
    return outcome;
  }
}
