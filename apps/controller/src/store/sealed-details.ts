// The details of log entries, which entries only commit to. Those of one commit are sealed together. What the
// state needs of a benchmark beyond its details is sealed with them.

import type { AcceptedBenchmark } from '@mesh/membership';
import type { JsonValue } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';

/** The purpose under which they are sealed. */
const PURPOSE = SealedFor.detailBatch;

/** As it is sealed. */
export interface EntryDetails {
  readonly index: number;
  /** Of the entry's commitment, base64. */
  readonly salt: string;
  readonly details: JsonValue;
  /** Of an accepted benchmark. */
  readonly benchmark?: AcceptedBenchmark;
  /**
   * Of a decision: the signed body of the benchmark that it rests on. The benchmark's entry has its hash. Of
   * an examiner's result: its signed body.
   */
  readonly message?: string;
}

/** A row of `log_detail_batches`. */
export interface BatchRow {
  readonly first_index: number;
  readonly last_index: number;
  readonly sealed: Uint8Array;
}

type BatchPlace = Pick<BatchRow, 'first_index' | 'last_index'>;

const subjectOf = ({ first_index: first, last_index: last }: BatchPlace): string => `${first}-${last}`;

/** @returns what the row at this place holds */
export function sealBatch(sealer: Sealer, place: BatchPlace, batch: readonly EntryDetails[]): Uint8Array {
  return sealer.seal(PURPOSE, subjectOf(place), Buffer.from(JSON.stringify(batch)));
}

/** @throws HostError `envelope_invalid` if it was sealed under another key or for another place */
export function openBatch(sealer: Sealer, row: BatchRow): EntryDetails[] {
  const plaintext = sealer.open(PURPOSE, subjectOf(row), row.sealed);
  return JSON.parse(Buffer.from(plaintext).toString()) as EntryDetails[];
}

export class DetailsWriter {
  readonly #sealer: Sealer;
  readonly #insert: Statement;

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    this.#insert = db.prepare(
      'INSERT INTO log_detail_batches (first_index, last_index, sealed) VALUES (?, ?, ?)',
    );
  }

  /** @param batch in the order of the log */
  write(batch: readonly EntryDetails[]): void {
    const [first, last] = [batch[0], batch.at(-1)];
    if (first === undefined || last === undefined) return;
    const place = { first_index: first.index, last_index: last.index };
    this.#insert.run(first.index, last.index, sealBatch(this.#sealer, place, batch));
  }
}

/** Opens batches, and keeps the last one: entries that are read together are often of one batch. */
export class DetailsReader {
  readonly #sealer: Sealer;
  readonly #find: Statement;
  #last: { readonly row: BatchRow; readonly byIndex: ReadonlyMap<number, EntryDetails> } | undefined;

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    this.#find = db.prepare(
      'SELECT first_index, last_index, sealed FROM log_detail_batches WHERE first_index <= ? ORDER BY first_index DESC LIMIT 1',
    );
  }

  /**
   * Drops the batch that is kept. Call it before each read, so that what was erased meanwhile is not shown.
   */
  forget(): void {
    this.#last = undefined;
  }

  /** @returns undefined if the entry has no details in a batch */
  find(index: number): EntryDetails | undefined {
    const last = this.#last;
    if (last !== undefined && last.row.first_index <= index && index <= last.row.last_index)
      return last.byIndex.get(index);
    const row = this.#find.get(index) as BatchRow | undefined;
    if (row === undefined || row.last_index < index) return undefined;
    const batch = openBatch(this.#sealer, row);
    this.#last = { row, byIndex: new Map(batch.map((one) => [one.index, one])) };
    return this.#last.byIndex.get(index);
  }
}
