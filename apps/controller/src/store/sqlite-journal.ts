// The only writer of the controller's state. A command runs against what is true when its turn comes. Its
// events' log entries and the rows that they change are written in one transaction. Only after the commit
// does memory change, are the listeners called, and are the callers answered.

import type { Clock } from '@mesh/host';
import { GroupCommit, HostError } from '@mesh/host';
import type { Command, CommandContext, MeshEvent, Outcome } from '@mesh/membership';
import { applyEvent, MeshDraft, type MeshState } from '@mesh/membership';
import { ProblemError } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import type { Database } from 'better-sqlite3';
import type { LogHead, LogWriter } from './log-writer.ts';
import type { RowWriter } from './state-rows.ts';

export interface JournalOptions {
  readonly db: Database;
  readonly state: MeshState;
  readonly rows: RowWriter;
  readonly log: LogWriter;
  readonly clock: Clock;
  readonly policy: () => Policy;
  readonly isStalenessWaived: () => boolean;
  /**
   * Called once, when memory and disk may differ. Only a new process, which reads the disk, can go on then.
   */
  readonly onBroken: (error: Error) => void;
}

/**
 * Called after each commit that wrote something, with the batch's events in order, before any caller is
 * answered.
 */
export type CommitListener = (events: readonly MeshEvent[]) => void;

export class SqliteJournal {
  readonly #options: JournalOptions;
  readonly #commits: GroupCommit<Command, Outcome>;
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
      apply: (_db, command) => this.#apply(command),
      itemApplied: () => this.#batch.merge(this.#item.changes()),
      itemRolledBack: () => log.returnTo(this.#mark),
      committed: (outcomes) => {
        state.merge(this.#batch.changes());
        log.commit();
        const events = outcomes.flatMap(({ result }) => result.events);
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

  /** Whether the last write failed. Until one succeeds, nobody may be admitted and no lease renewed. */
  get failing(): boolean {
    return this.#failingSinceMs !== undefined;
  }
  /** When the writes began to fail; undefined if the last one succeeded. */
  get failingSinceMs(): number | undefined {
    return this.#failingSinceMs;
  }

  head(): LogHead {
    return this.#options.log.head();
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** What a command is told of this moment: when it is recorded, and when it is foreseen. */
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
   * @returns its events
   * @throws ProblemError when the command refuses (its trace in the log is on disk then); StorageUnavailable
   *   when the disk does (nothing has changed in memory: send it again); HostError `group_commit_closed`,
   *   `group_commit_overloaded` or `group_commit_broken`; whatever the command throws, or the writing of its
   *   events, which are then undone
   */
  async run(command: Command): Promise<readonly MeshEvent[]> {
    const outcome = await this.#commits.enqueue(command).catch((error: unknown) => {
      if (error instanceof HostError && error.code === 'group_commit_broken' && !this.#broken) {
        this.#broken = true;
        this.#options.onBroken(error);
      }
      throw error;
    });
    if (outcome.kind === 'refused') throw new ProblemError(outcome.problem);
    return outcome.events;
  }

  close(): Promise<void> {
    return this.#commits.close();
  }

  #apply(command: Command): Outcome {
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
