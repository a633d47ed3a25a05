// The only writer of the controller's state. A command runs against the state at its turn. The log entries of
// its events and the rows that they change are written in one transaction. After the commit, and only then,
// memory changes, the listeners are called, and the callers are answered.

import type { TileEdge } from '@mesh/audit';
import type { Clock } from '@mesh/host';
import { GroupCommit, HostError } from '@mesh/host';
import type { Command, CommandContext, InFlight, MeshEvent, MeshView, Outcome } from '@mesh/membership';
import { applyEvent, isDecision, MeshDraft, type MeshState } from '@mesh/membership';
import { defined } from '@mesh/primitives';
import { ProblemError } from '@mesh/protocol';
import type { BrakeSettings, Policy } from '@mesh/scoring';
import type { Database } from 'better-sqlite3';
import type { LogHead, LogWriter } from './log-writer.ts';
import type { RowWriter } from './state-rows.ts';

export interface JournalOptions {
  readonly db: Database;
  readonly state: MeshState;
  readonly rows: RowWriter;
  readonly log: LogWriter;
  readonly clock: Clock;
  /** The policy until the first one is in force. */
  readonly policy: () => Policy;
  readonly isStalenessWaived: () => boolean;
  /** Absent: there is no brake. */
  readonly brake?: BrakeSettings;
  /** How long a probation lasts that a drift signal begins. Absent: there is none. */
  readonly probationEpochs?: number;
  /**
   * Called once, when memory and disk may differ. Only a new process, which reads the disk, can continue.
   */
  readonly onBroken: (error: Error) => void;
}

/**
 * Called after each commit that wrote something, before any caller is answered, with the events of the batch
 * in order.
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
  #inFlight: InFlight | undefined;
  #isBroken = false;

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
      batchApplied: () => log.endBatch(),
      committed: (outcomes) => {
        state.merge(this.#batch.changes());
        log.commit();
        const events = outcomes.flatMap(({ result }) => result.events);
        if (events.length === 0) return;
        // A transaction that wrote nothing does not show whether the disk takes writes.
        this.#failingSinceMs = undefined;
        for (const listener of this.#listeners) listener(events);
      },
      rolledBack: () => {
        this.#failingSinceMs ??= this.context().nowMs;
        log.rollback();
      },
    });
  }

  /** Whether the last write failed. Until a write succeeds, no node may be admitted and no lease renewed. */
  get failing(): boolean {
    return this.#failingSinceMs !== undefined;
  }
  /** Since when writes have failed; undefined if the last one succeeded. */
  get failingSinceMs(): number | undefined {
    return this.#failingSinceMs;
  }

  head(): LogHead {
    return this.#options.log.head();
  }
  /** The edge of the log's tree as it is on disk; a copy. */
  edge(): TileEdge {
    return this.#options.log.edge();
  }

  /** Says where to look for what is in force before it is on disk; every later context has it. */
  noteInFlight(inFlight: InFlight): void {
    this.#inFlight = inFlight;
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** The context that a command gets when it is foreseen. */
  context(): CommandContext {
    return this.#contextOver(this.#options.state);
  }

  /** A policy that a command of the same batch puts in force decides on the commands behind it. */
  #contextOver(view: MeshView): CommandContext {
    return {
      nowMs: Math.floor(this.#options.clock.nowMs()),
      policy: view.policies().active?.policy ?? this.#options.policy(),
      stalenessWaived: this.#options.isStalenessWaived(),
      ...defined({
        brake: this.#options.brake,
        probationEpochs: this.#options.probationEpochs,
        inFlight: this.#inFlight,
      }),
    };
  }

  /**
   * Runs a command. Resolves once its events are on disk and true in memory.
   *
   * @returns its events
   * @throws ProblemError if the command refuses (its log entry, if any, is on disk then); StorageUnavailable
   *   if the disk refuses (nothing has changed in memory, and the command can be run again); HostError
   *   `group_commit_closed`, `group_commit_overloaded` or `group_commit_broken`; any other error of the
   *   command or of writing its events, which are undone then
   */
  async run(command: Command): Promise<readonly MeshEvent[]> {
    const outcome = await this.#commits.enqueue(command).catch((error: unknown) => {
      if (error instanceof HostError && error.code === 'group_commit_broken' && !this.#isBroken) {
        this.#isBroken = true;
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
    const context = this.#contextOver(this.#item);
    const { stalenessWaived } = context;
    const outcome = command(this.#item, context);
    for (const event of outcome.events) {
      const before = event.type === 'benchmark_accepted' ? this.#item.node(event.nodeId)?.latest : undefined;
      const judged = isDecision(event) ? this.#item.node(event.nodeId) : undefined;
      applyEvent(this.#item, event, context.nowMs, context.policy);
      // A command can put a policy in force and decide by it.
      const policyVersion = this.#item.policies().active?.version;
      log.append(event, context.nowMs, {
        before,
        policyVersion,
        judged: judged && { node: judged, stalenessWaived },
      });
    }
    rows.write(this.#item.changes(), this.#batch);
    return outcome;
  }
}
