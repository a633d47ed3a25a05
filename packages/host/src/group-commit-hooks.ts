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
   * Writes one item's rows. An error rolls back only this item, unless the error means that the disk fails.
   */
  apply(db: Database, item: Item): Result;
  begin?(): void;
  itemBegin?(item: Item): void;
  itemApplied?(item: Item, result: Result): void;
  itemRolledBack?(item: Item, error: unknown): void;
  /** After COMMIT returned, before any promise of the batch resolves. Empty when every item failed. */
  committed?(outcomes: readonly GroupCommitOutcome<Item, Result>[]): void;
  rolledBack?(error: StorageUnavailable): void;
}
