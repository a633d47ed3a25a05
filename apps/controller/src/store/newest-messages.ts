// The signed body of each node's newest benchmark. It is stored again with the decisions that rest on it:
// every body would be several times as long as everything else that is stored of a result. In memory are
// those of results that came since the start.

import type { AcceptedBenchmark } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';

export interface MessageRow {
  readonly node_id: NodeId;
  readonly log_index: number;
  readonly sealed: Uint8Array;
}

const subjectOf = ({ node_id: nodeId, log_index: index }: Omit<MessageRow, 'sealed'>): string =>
  `${nodeId} ${index}`;

/** @throws HostError `envelope_invalid` if it was sealed under another key or for another place */
export function openMessage(sealer: Sealer, row: MessageRow): Uint8Array {
  return sealer.open(SealedFor.newestMessage, subjectOf(row), row.sealed);
}

export class NewestMessages {
  readonly #sealer: Sealer;
  readonly #put: Statement;
  readonly #find: Statement;
  /** A body goes when nothing holds its benchmark any more. */
  readonly #bodies = new WeakMap<AcceptedBenchmark, Uint8Array>();

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    this.#put = db.prepare(
      `INSERT INTO newest_messages (node_id, log_index, sealed) VALUES (?, ?, ?)
       ON CONFLICT (node_id) DO UPDATE SET log_index = excluded.log_index, sealed = excluded.sealed`,
    );
    this.#find = db.prepare(
      'SELECT node_id, log_index, sealed FROM newest_messages WHERE node_id = ? AND log_index = ?',
    );
  }

  /**
   * Writes inside the transaction of the benchmark's entry.
   * @param body kept, not copied
   */
  note(nodeId: NodeId, benchmark: AcceptedBenchmark, index: number, body: Uint8Array): void {
    const sealed = this.#sealer.seal(
      SealedFor.newestMessage,
      subjectOf({ node_id: nodeId, log_index: index }),
      body,
    );
    this.#put.run(nodeId, index, sealed);
    this.#bodies.set(benchmark, body);
  }

  /** @returns undefined also for a benchmark that came before bodies were stored */
  textOf(nodeId: NodeId, benchmark: AcceptedBenchmark, index: number | undefined): string | undefined {
    const body = this.#bodies.get(benchmark) ?? this.#stored(nodeId, index);
    return body && Buffer.from(body).toString();
  }

  #stored(nodeId: NodeId, index: number | undefined): Uint8Array | undefined {
    if (index === undefined) return undefined;
    const row = this.#find.get(nodeId, index) as MessageRow | undefined;
    return row && openMessage(this.#sealer, row);
  }
}
