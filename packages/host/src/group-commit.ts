/**
 * Group commit: all items that arrive in one turn of the event loop share one transaction and one sync to
 * disk. A bad item undoes only itself.
 *
 * The promise is about order. For each batch:
 *
 *     begin()                                        open a draft over the in-memory state
 *       itemBegin(item)  apply(db, item)             rows and draft change together
 *         → itemApplied(item, result)                keep the item's part of the draft
 *         → apply threw                              roll back, and start the batch again, this time with
 *                                                    a savepoint for each item:
 *     begin()                                        drop the draft, and open a new one
 *       itemBegin(item)  apply(db, item)
 *         → itemApplied(item, result)
 *         → itemRolledBack(item, error)              drop it; its rows are gone already
 *     batchApplied()                                 rows of the whole batch
 *     COMMIT returned → committed(outcomes)          merge the draft into memory
 *                     → promises resolve             only now may anyone be answered
 *     or the transaction failed → rolledBack(error)  drop the draft, with the item under way; all reject
 *
 * So memory never holds what the disk does not hold, and nobody gets an answer that could still be lost.
 */

import type { Database } from 'better-sqlite3';
import { BatchTransaction, type ItemOutcome } from './batch-transaction.ts';
import type { GroupCommitHooks } from './group-commit-hooks.ts';
import { HostError, StorageUnavailable } from './host-error.ts';

export interface GroupCommitOptions {
  /**
   * How many items one transaction may have. The others wait for the next turn, so that I/O gets its turns.
   */
  readonly maxBatch?: number;
  /** How many items may wait. Above that, `enqueue` rejects with `group_commit_overloaded`. */
  readonly maxQueued?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<Item, Result> {
  readonly #hooks: GroupCommitHooks<Item, Result>;
  readonly #maxBatch: number;
  readonly #maxQueued: number;
  readonly #transaction: BatchTransaction<Item, Result>;
  #queue: Waiting<Item, Result>[] = [];
  #scheduled = false;
  #draining = false;
  #closed = false;
  #broken: HostError | undefined;

  constructor(db: Database, hooks: GroupCommitHooks<Item, Result>, options: GroupCommitOptions = {}) {
    this.#hooks = hooks;
    this.#maxBatch = positive('maxBatch', options.maxBatch ?? 512);
    this.#maxQueued = positive('maxQueued', options.maxQueued ?? 65_536);
    this.#transaction = new BatchTransaction(db, hooks);
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

  /** Refuses new items and commits those that wait. The database stays open. Idempotent. */
  close(): Promise<void> {
    this.#closed = true;
    // If a hook calls this, a drain is running: it ends its batch first and then takes the waiting items.
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

  /** Runs one transaction. Returns the function that answers the callers, to be called at the end. */
  #commitBatch(batch: readonly Waiting<Item, Result>[]): () => void {
    let outcomes: ItemOutcome<Item, Result>[];
    try {
      outcomes = this.#transaction.commit(batch.map(({ item }) => item));
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      this.#transaction.rollBack();
      this.#hooks.rolledBack?.(error);
      return () => {
        for (const { reject } of batch) reject(error);
      };
    }
    this.#hooks.committed?.(
      outcomes.flatMap((outcome) =>
        outcome.kind === 'applied' ? [{ item: outcome.item, result: outcome.result }] : [],
      ),
    );
    return () => {
      for (const [at, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[at];
        if (outcome?.kind === 'applied') resolve(outcome.result);
        else reject(outcome?.error);
      }
    };
  }

  /** A hook threw: memory and disk may differ now. Only a restart reads the disk again. */
  #break(batch: readonly Waiting<Item, Result>[], cause: unknown): () => void {
    const broken = new HostError(
      'group_commit_broken',
      'a storage hook failed, so memory may differ from the disk: restart the process',
      { cause },
    );
    this.#broken = broken;
    try {
      this.#transaction.rollBack();
    } catch {
      // this connection cannot be used any more: every later call is refused
    }
    const rejected = [...batch, ...this.#queue];
    this.#queue = [];
    return () => {
      for (const waiting of rejected) waiting.reject(broken);
    };
  }
}

function positive(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new HostError('invalid_argument', `${name} must be a whole number from 1`);
  }
  return value;
}
