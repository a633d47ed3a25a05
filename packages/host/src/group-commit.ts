/**
 * Group commit: everything that arrives in one turn of the event loop shares one transaction and one sync to
 * disk, with a savepoint for each item so that one bad item costs only itself.
 *
 * The promise is about order. For each batch:
 *
 *     begin()                                        open a draft over the in-memory state
 *       itemBegin(item)  apply(db, item)             rows and draft change together
 *         → itemApplied(item, result)                keep the item's part of the draft
 *         → itemRolledBack(item, error)              drop it; its rows are gone already
 *     COMMIT returned → committed(outcomes)          merge the draft into memory
 *                     → promises resolve             only now may anyone be answered
 *     or the transaction failed → rolledBack(error)  drop the draft, with the item under way; all reject
 *
 * Memory therefore never holds what the disk does not, and nobody gets an answer that could still be lost.
 */

import type { Database, Statement } from 'better-sqlite3';
import { errorCodeOf, HostError, StorageUnavailable } from './host-error.ts';
import { storageAdvice } from './storage-advice.ts';

export interface GroupCommitOutcome<Item, Result> {
  readonly item: Item;
  readonly result: Result;
}

/** All hooks are synchronous. One that throws (`apply` apart) breaks the group commit for good. */
export interface GroupCommitHooks<Item, Result> {
  /** Writes one item's rows. A throw rolls back this item alone, unless it tells of a failing disk. */
  apply(db: Database, item: Item): Result;
  begin?(): void;
  itemBegin?(item: Item): void;
  itemApplied?(item: Item, result: Result): void;
  itemRolledBack?(item: Item, error: unknown): void;
  /** After COMMIT returned, before any promise of the batch resolves. Empty when every item failed. */
  committed?(outcomes: readonly GroupCommitOutcome<Item, Result>[]): void;
  rolledBack?(error: StorageUnavailable): void;
}

export interface GroupCommitOptions {
  /** Items in one transaction; what is left waits for the next turn, so that I/O is never starved. */
  readonly maxBatch?: number;
  /** Items waiting; beyond it `enqueue` rejects with `group_commit_overloaded`. */
  readonly maxQueued?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

type Settled<Item, Result> =
  | { readonly kind: 'applied'; readonly waiting: Waiting<Item, Result>; readonly result: Result }
  | { readonly kind: 'refused'; readonly waiting: Waiting<Item, Result>; readonly error: unknown };

export class GroupCommit<Item, Result> {
  readonly #db: Database;
  readonly #hooks: GroupCommitHooks<Item, Result>;
  readonly #maxBatch: number;
  readonly #maxQueued: number;
  readonly #statements: Record<'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'undo', Statement>;
  #queue: Waiting<Item, Result>[] = [];
  #scheduled = false;
  #draining = false;
  #closed = false;
  #broken: HostError | undefined;

  constructor(db: Database, hooks: GroupCommitHooks<Item, Result>, options: GroupCommitOptions = {}) {
    this.#db = db;
    this.#hooks = hooks;
    this.#maxBatch = positive('maxBatch', options.maxBatch ?? 512);
    this.#maxQueued = positive('maxQueued', options.maxQueued ?? 65_536);
    this.#statements = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      rollback: db.prepare('ROLLBACK'),
      savepoint: db.prepare('SAVEPOINT group_commit_item'),
      release: db.prepare('RELEASE group_commit_item'),
      undo: db.prepare('ROLLBACK TO group_commit_item'),
    };
  }

  /**
   * Resolves with `apply`'s result once it is on disk.
   *
   * Rejects with the item's own error (only this item is undone); {@link StorageUnavailable} (the whole batch
   * is undone and not acknowledged; try again later); HostError `group_commit_closed`,
   * `group_commit_overloaded` or `group_commit_broken`.
   */
  enqueue(item: Item): Promise<Result> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#closed) {
      return Promise.reject(
        new HostError('group_commit_closed', 'storage is closing: send this again after the restart'),
      );
    }
    if (this.#queue.length >= this.#maxQueued) {
      return Promise.reject(
        new HostError(
          'group_commit_overloaded',
          `${this.#maxQueued} items wait for the disk already: try again later`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Refuses new items, commits those that wait, and returns; the database stays open. Idempotent. */
  close(): Promise<void> {
    this.#closed = true;
    // Called from inside a hook: the batch under way ends first, and its own drain takes what waits.
    while (this.#queue.length > 0 && !this.#draining) this.#drain();
    return this.#draining
      ? new Promise((resolve) => setImmediate(() => resolve(this.close())))
      : Promise.resolve();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#queue.length > 0) this.#drain();
    });
  }

  #drain(): void {
    const batch = this.#queue.splice(0, this.#maxBatch);
    this.#draining = true;
    let settle: () => void;
    try {
      settle = this.#commitBatch(batch);
    } catch (error) {
      settle = this.#break(batch, error);
    } finally {
      this.#draining = false;
    }
    if (this.#queue.length > 0) this.#schedule();
    settle();
  }

  /** Runs one transaction; what it returns answers the callers and is called when all is done. */
  #commitBatch(batch: readonly Waiting<Item, Result>[]): () => void {
    const { begin, commit } = this.#statements;
    this.#hooks.begin?.();
    const settled: Settled<Item, Result>[] = [];
    try {
      storage(this.#db, () => begin.run());
      for (const waiting of batch) settled.push(this.#applyOne(waiting));
      storage(this.#db, () => commit.run());
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      this.#rollBack();
      this.#hooks.rolledBack?.(error);
      return () => {
        for (const waiting of batch) waiting.reject(error);
      };
    }
    this.#hooks.committed?.(
      settled.flatMap((entry) =>
        entry.kind === 'applied' ? [{ item: entry.waiting.item, result: entry.result }] : [],
      ),
    );
    return () => {
      for (const entry of settled) {
        if (entry.kind === 'applied') entry.waiting.resolve(entry.result);
        else entry.waiting.reject(entry.error);
      }
    };
  }

  #applyOne(waiting: Waiting<Item, Result>): Settled<Item, Result> {
    const { savepoint, release, undo } = this.#statements;
    const { item } = waiting;
    storage(this.#db, () => savepoint.run());
    this.#hooks.itemBegin?.(item);
    let result: Result;
    try {
      result = this.#hooks.apply(this.#db, item);
      refusePromise(result);
    } catch (error) {
      if (isStorageFailure(error)) throw asStorageUnavailable(this.#db, error);
      storage(this.#db, () => {
        undo.run();
        release.run();
      });
      this.#hooks.itemRolledBack?.(item, error);
      return { kind: 'refused', waiting, error };
    }
    // Also fails when SQLite ended the transaction under an apply that swallowed the disk's error.
    storage(this.#db, () => release.run());
    this.#hooks.itemApplied?.(item, result);
    return { kind: 'applied', waiting, result };
  }

  /**
   * On some errors (full disk, I/O) SQLite has already ended the transaction; then there is nothing left to
   * end.
   */
  #rollBack(): void {
    if (!this.#db.inTransaction) return;
    try {
      this.#statements.rollback.run();
    } catch (error) {
      // A rollback may report the disk's error although it has rolled back, so the resulting state decides.
      if (this.#db.inTransaction) throw error;
    }
  }

  /** A hook threw: memory and disk may differ now, and only a restart that reads the disk can tell. */
  #break(batch: readonly Waiting<Item, Result>[], cause: unknown): () => void {
    const broken = new HostError(
      'group_commit_broken',
      'a storage hook failed, so memory may differ from the disk: restart the process',
      { cause },
    );
    this.#broken = broken;
    try {
      this.#rollBack();
    } catch {
      // nothing more can be done with this connection: every later call is refused
    }
    const rejected = [...batch, ...this.#queue];
    this.#queue = [];
    return () => {
      for (const waiting of rejected) waiting.reject(broken);
    };
  }
}

/** Runs a statement of the transaction itself. A failure there concerns the whole batch. */
function storage(db: Database, run: () => void): void {
  try {
    run();
  } catch (error) {
    throw asStorageUnavailable(db, error);
  }
}

function asStorageUnavailable(db: Database, error: unknown): StorageUnavailable {
  if (error instanceof StorageUnavailable) return error;
  const code = errorCodeOf(error) ?? 'unknown';
  return new StorageUnavailable(
    `the database could not be written (${code}): ${storageAdvice(db.name, code)}; it goes on by itself then`,
    { cause: error },
  );
}

// Result codes about the file, the disk or the lock rather than one item's rows (sqlite.org/rescode.html).
const STORAGE_FAILURE =
  /^SQLITE_(FULL|IOERR|BUSY|LOCKED|NOMEM|CORRUPT|READONLY|CANTOPEN|NOTADB|PROTOCOL|INTERRUPT|PERM|NOLFS)/;

function isStorageFailure(error: unknown): boolean {
  return error instanceof StorageUnavailable || STORAGE_FAILURE.test(errorCodeOf(error) ?? '');
}

function refusePromise(result: unknown): void {
  if (
    typeof result === 'object' &&
    result !== null &&
    'then' in result &&
    typeof result.then === 'function'
  ) {
    throw new HostError('invalid_argument', 'apply must be synchronous: it returned a promise');
  }
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new HostError('invalid_argument', `${name} must be a whole number from 1`);
  }
  return value;
}
