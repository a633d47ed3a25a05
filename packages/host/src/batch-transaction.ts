// One transaction for many items, with a savepoint for each, so that a bad item undoes only itself.

import type { Database, Statement } from 'better-sqlite3';
import type { GroupCommitHooks } from './group-commit-hooks.ts';
import { errorCodeOf, HostError, StorageUnavailable } from './host-error.ts';
import { storageAdvice } from './storage-advice.ts';

export type ItemOutcome<Item, Result> =
  | { readonly kind: 'applied'; readonly item: Item; readonly result: Result }
  | { readonly kind: 'refused'; readonly item: Item; readonly error: unknown };

type ItemHooks<Item, Result> = Pick<
  GroupCommitHooks<Item, Result>,
  'apply' | 'itemBegin' | 'itemApplied' | 'itemRolledBack'
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
    const { begin, commit } = this.#statements;
    storage(this.#db, () => begin.run());
    const outcomes = items.map((item) => this.#applyOne(item));
    storage(this.#db, () => commit.run());
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

  #applyOne(item: Item): ItemOutcome<Item, Result> {
    const { savepoint, release, undo } = this.#statements;
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
      return { kind: 'refused', item, error };
    }
    // This also fails if SQLite has ended the transaction and `apply` hid the disk's error.
    storage(this.#db, () => release.run());
    this.#hooks.itemApplied?.(item, result);
    return { kind: 'applied', item, result };
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
