// One transaction for many items. A bad item undoes only itself.
//
// A savepoint costs more than most items, and a bad item is rare. So the items are first applied without
// savepoints. If one of them throws, the transaction is rolled back, and all of them are applied again, each
// within a savepoint.

import type { Database, Statement } from 'better-sqlite3';
import type { GroupCommitHooks } from './group-commit-hooks.ts';
import { errorCodeOf, HostError, StorageUnavailable } from './host-error.ts';
import { storageAdvice } from './storage-advice.ts';

export type ItemOutcome<Item, Result> =
  | { readonly kind: 'applied'; readonly item: Item; readonly result: Result }
  | { readonly kind: 'refused'; readonly item: Item; readonly error: unknown };

type ItemHooks<Item, Result> = Pick<
  GroupCommitHooks<Item, Result>,
  'apply' | 'begin' | 'itemBegin' | 'itemApplied' | 'itemRolledBack' | 'batchApplied'
>;

export class BatchTransaction<Item, Result> {
  readonly #db: Database;
  readonly #hooks: ItemHooks<Item, Result>;
  readonly #statements: Record<'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'undo', Statement>;

  constructor(db: Database, hooks: ItemHooks<Item, Result>) {
    this.#db = db;
    this.#hooks = hooks;
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
   * Applies the items in order and commits. After an error, call `rollBack`.
   *
   * @returns one outcome per item, in the same order
   * @throws StorageUnavailable if the disk fails; what a hook throws, except `apply`
   */
  commit(items: readonly Item[]): ItemOutcome<Item, Result>[] {
    this.#begin();
    const outcomes = this.#applyAll(items) ?? this.#applyEach(items);
    this.#endBatch();
    storage(this.#db, () => this.#statements.commit.run());
    return outcomes;
  }

  /** After some errors (full disk, I/O) SQLite has already rolled back, and this does nothing. */
  rollBack(): void {
    if (!this.#db.inTransaction) return;
    try {
      this.#statements.rollback.run();
    } catch (error) {
      // A rollback may report the disk's error although it has rolled back, so the resulting state decides.
      if (this.#db.inTransaction) throw error;
    }
  }

  #begin(): void {
    this.#hooks.begin?.();
    storage(this.#db, () => this.#statements.begin.run());
  }

  #endBatch(): void {
    try {
      this.#hooks.batchApplied?.();
    } catch (error) {
      throw isStorageFailure(error) ? asStorageUnavailable(this.#db, error) : error;
    }
  }

  /** @returns undefined if an item is bad */
  #applyAll(items: readonly Item[]): ItemOutcome<Item, Result>[] | undefined {
    const outcomes: ItemOutcome<Item, Result>[] = [];
    for (const item of items) {
      this.#hooks.itemBegin?.(item);
      const attempt = this.#attempt(item);
      if (!('result' in attempt)) return undefined;
      // `apply` may have hidden an error after which SQLite ended the transaction. Whatever is written after
      // that would be committed on its own.
      if (!this.#db.inTransaction) throw asStorageUnavailable(this.#db, undefined);
      this.#hooks.itemApplied?.(item, attempt.result);
      outcomes.push({ kind: 'applied', item, result: attempt.result });
    }
    return outcomes;
  }

  #applyEach(items: readonly Item[]): ItemOutcome<Item, Result>[] {
    this.rollBack();
    this.#begin();
    return items.map((item) => this.#applyOne(item));
  }

  #applyOne(item: Item): ItemOutcome<Item, Result> {
    const { savepoint, release, undo } = this.#statements;
    storage(this.#db, () => savepoint.run());
    this.#hooks.itemBegin?.(item);
    const attempt = this.#attempt(item);
    if (!('result' in attempt)) {
      storage(this.#db, () => {
        undo.run();
        release.run();
      });
      this.#hooks.itemRolledBack?.(item, attempt.error);
      return { kind: 'refused', item, error: attempt.error };
    }
    // This also fails if SQLite has ended the transaction and `apply` hid the disk's error.
    storage(this.#db, () => release.run());
    this.#hooks.itemApplied?.(item, attempt.result);
    return { kind: 'applied', item, result: attempt.result };
  }

  /** @throws StorageUnavailable */
  #attempt(item: Item): { readonly result: Result } | { readonly error: unknown } {
    try {
      const result = this.#hooks.apply(this.#db, item);
      refusePromise(result);
      return { result };
    } catch (error) {
      if (isStorageFailure(error)) throw asStorageUnavailable(this.#db, error);
      return { error };
    }
  }
}

/** Runs a statement of the transaction itself. Its failure undoes the whole batch. */
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

// Result codes about the file, the disk or the lock, not about one item's rows (sqlite.org/rescode.html).
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
