// Follows the log, and compares the details that are sealed beside it with the commitments in its entries.

import { commitDetails } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { decodeBase64 } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from '../../trust/at-rest-sealer.ts';
import { type BatchRow, type EntryDetails, openBatch } from '../sealed-details.ts';

export class BatchesOfDetails {
  readonly #sealer: Sealer;
  readonly #next: Statement;
  readonly #fault: (text: string) => void;
  #batch: BatchRow | undefined;
  /** The commitments of entries that were followed and are not compared yet. */
  #commitments = new Map<number, string>();
  /** How many details fit their commitments, and how many are not there: erased, or from before batches. */
  checked = 0;
  absent = 0;

  constructor(db: Database, sealer: Sealer, fault: (text: string) => void) {
    this.#sealer = sealer;
    this.#fault = fault;
    this.#next = db.prepare(
      'SELECT first_index, last_index, sealed FROM log_detail_batches WHERE first_index > ? ORDER BY first_index LIMIT 1',
    );
    this.#batch = this.#next.get(-1) as BatchRow | undefined;
  }

  /** Call it with every entry, in order. @param commitment of the entry, if it has details */
  follow(index: number, commitment: string | undefined): void {
    if (commitment !== undefined) this.#commitments.set(index, commitment);
    if (this.#batch !== undefined && index >= this.#batch.last_index) this.#compare(this.#batch);
    if (this.#batch === undefined || index < this.#batch.first_index) this.#skip();
  }

  /** Call it at the end of the log. */
  end(): void {
    if (this.#batch !== undefined)
      this.#fault(
        `details of entries ${this.#batch.first_index} to ${this.#batch.last_index}: there are no such entries`,
      );
    this.#skip();
  }

  #skip(): void {
    this.absent += this.#commitments.size;
    this.#commitments.clear();
  }

  #compare(row: BatchRow): void {
    const { first_index: first, last_index: last } = row;
    for (const { index, salt, details } of this.#open(row)) {
      const wanted = this.#commitments.get(index);
      if (wanted !== undefined && commitDetails(decodeBase64(salt), details, platformSha256) === wanted) {
        this.checked += 1;
        this.#commitments.delete(index);
      } else this.#fault(`details of entry ${index}: they are not those that the entry commits to`);
    }
    this.#batch = this.#next.get(first) as BatchRow | undefined;
    if (this.#batch !== undefined && this.#batch.first_index <= last)
      this.#fault(`details of entries ${this.#batch.first_index} to ${last}: they are there twice`);
    this.#skip();
  }

  #open(row: BatchRow): EntryDetails[] {
    try {
      return openBatch(this.#sealer, row);
    } catch {
      this.#fault(
        `details of entries ${row.first_index} to ${row.last_index}: they do not open with the master key`,
      );
      return [];
    }
  }
}
