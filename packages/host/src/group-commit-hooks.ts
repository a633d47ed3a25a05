// What the user of a group commit provides: how to write an item, and how the in-memory state follows the
// disk.

import type { Database } from 'better-sqlite3';
import type { StorageUnavailable } from './host-error.ts';

export interface GroupCommitOutcome<Item, Result> {
  readonly item: Item;
  readonly result: Result;
}

/** All hooks are synchronous. If one of them throws, except `apply`, the group commit is broken for good. */
export interface GroupCommitHooks<Item, Result> {
  /**
   * Writes one item's rows. An error undoes only this item, unless the error means that the disk fails. The
   * other items of its batch are applied a second time then, so nothing outside the database and the draft
   * may depend on how often this is called.
   */
  apply(db: Database, item: Item): Result;
  /**
   * Opens a draft, and drops the one before it. Called before each attempt at a batch: a second time if an
   * item threw in the first.
   */
  begin?(): void;
  itemBegin?(item: Item): void;
  itemApplied?(item: Item, result: Result): void;
  itemRolledBack?(item: Item, error: unknown): void;
  /** Writes what belongs to the whole batch, after its items and within their transaction. */
  batchApplied?(): void;
  /** After COMMIT returned, before any promise of the batch resolves. Empty when every item failed. */
  committed?(outcomes: readonly GroupCommitOutcome<Item, Result>[]): void;
  rolledBack?(error: StorageUnavailable): void;
}
