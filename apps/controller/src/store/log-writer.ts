// Appends log entries, and keeps the right edge of the Merkle tree over the committed entries.

import {
  CompactRange,
  commitDetails,
  DETAILS_SALT_LENGTH_BYTES,
  type DetailsCommitment,
  leafHash,
  renderEntry,
} from '@mesh/audit';
import { drawAhead, platformSha256 } from '@mesh/host';
import type { AcceptedBenchmark, MeshEvent } from '@mesh/membership';
import { logEntryOf } from '@mesh/membership';
import { defined, encodeBase64, type JsonValue, type MeshId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import type { BenchmarkPlaces } from './benchmark-places.ts';
import { damagedLog } from './damaged-log.ts';
import { DetailsWriter, type EntryDetails } from './sealed-details.ts';

const FRONTIER_EVERY = 4096;
/** In the place of an entry: there is none, or only one from before such places were noted. */
const NO_ENTRY = -1;

export interface LogHead {
  readonly size: number;
  /** RFC 6962 root, base64. */
  readonly rootHash: string;
}

export interface LogWriterOptions {
  readonly db: Database;
  readonly meshId: MeshId;
  readonly sealer: Sealer;
  /** Noted for each benchmark that is logged. */
  readonly places: BenchmarkPlaces;
  readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * Writes rows inside the caller's transaction. The caller reports with `commit` or `rollback` how the
 * transaction ended.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #insertEntry: Statement;
  readonly #details: DetailsWriter;
  readonly #insertFrontier: Statement;
  readonly #nextSalt: () => Uint8Array;
  #committed: CompactRange;
  #pending: CompactRange;
  #pendingDetails: EntryDetails[] = [];
  #head: LogHead | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    const { db } = options;
    this.#insertEntry = db.prepare(
      'INSERT INTO log_entries (log_index, node_id, entry, previous_result) VALUES (?, ?, ?, ?)',
    );
    this.#details = new DetailsWriter(db, options.sealer);
    this.#insertFrontier = db.prepare('INSERT OR REPLACE INTO log_frontiers (size, frontier) VALUES (?, ?)');
    this.#nextSalt = drawAhead(options.randomBytes, DETAILS_SALT_LENGTH_BYTES);
    this.#committed = readRange(db);
    this.#pending = this.#committed.clone();
  }

  /** The head of the log as it is on disk. */
  head(): LogHead {
    let head = this.#head;
    if (head === undefined || head.size !== this.#committed.size) {
      head = { size: this.#committed.size, rootHash: encodeBase64(this.#committed.root()) };
      this.#head = head;
    }
    return head;
  }

  /** A mark to return to if one item of a batch is undone. */
  mark(): LogMark {
    return { range: this.#pending.clone(), details: this.#pendingDetails.length };
  }
  returnTo({ range, details }: LogMark): void {
    this.#pending = range;
    this.#pendingDetails.length = details;
  }
  /** Writes what belongs to all pending entries. Call it at the end of their transaction. */
  endBatch(): void {
    this.#details.write(this.#pendingDetails);
  }
  commit(): void {
    this.#committed = this.#pending.clone();
    this.#pendingDetails = [];
  }
  rollback(): void {
    this.#pending = this.#committed.clone();
    this.#pendingDetails = [];
  }

  /** @param before the node's newest benchmark before the event, if the event is a new benchmark */
  append(event: MeshEvent, atMs: number, before: AcceptedBenchmark | undefined): void {
    const content = logEntryOf(event);
    const index = this.#pending.size;
    const details = this.#commitTo(content.details as JsonValue | undefined, index, event);
    const entry = renderEntry({
      index,
      atMs,
      meshId: this.#options.meshId,
      type: content.type,
      ...defined({ nodeId: content.nodeId, epochId: content.epochId, detailsCommitment: details }),
      data: content.data,
    } as Parameters<typeof renderEntry>[0]);
    this.#insertEntry.run(index, content.nodeId ?? null, entry, this.#previousResult(event, before));
    if (event.type === 'benchmark_accepted') this.#options.places.note(event.benchmark, index);
    this.#pending.append(leafHash(entry, platformSha256));
    if (this.#pending.size % FRONTIER_EVERY === 0)
      this.#insertFrontier.run(this.#pending.size, this.#pending.toBytes());
  }

  #commitTo(details: JsonValue | undefined, index: number, event: MeshEvent): DetailsCommitment | undefined {
    if (details === undefined) return undefined;
    const salt = this.#nextSalt();
    this.#pendingDetails.push({
      index,
      salt: encodeBase64(salt),
      details,
      ...(event.type === 'benchmark_accepted' ? { benchmark: event.benchmark } : {}),
    });
    return commitDetails(salt, details, platformSha256);
  }

  #previousResult(event: MeshEvent, before: AcceptedBenchmark | undefined): number | null {
    if (event.type !== 'benchmark_accepted') return null;
    const place = before === undefined ? 'row' : this.#options.places.of(before);
    return place === 'row' ? NO_ENTRY : place;
  }
}

interface LogMark {
  readonly range: CompactRange;
  readonly details: number;
}

function readRange(db: Database): CompactRange {
  const saved = db.prepare('SELECT frontier FROM log_frontiers ORDER BY size DESC LIMIT 1').get() as
    | { frontier: Uint8Array }
    | undefined;
  const range =
    saved === undefined
      ? new CompactRange(platformSha256)
      : CompactRange.fromBytes(new Uint8Array(saved.frontier), platformSha256);
  const rest = db.prepare('SELECT log_index, entry FROM log_entries WHERE log_index >= ? ORDER BY log_index');
  for (const row of rest.iterate(range.size) as Iterable<{ log_index: number; entry: Uint8Array }>) {
    if (row.log_index !== range.size) throw damagedLog(db, `has a gap at index ${range.size}`);
    range.append(leafHash(row.entry, platformSha256));
  }
  const { size } = db.prepare('SELECT ifnull(max(log_index), -1) + 1 AS size FROM log_entries').get() as {
    size: number;
  };
  if (size !== range.size) throw damagedLog(db, `ends at ${size} entries where it had ${range.size}`);
  return range;
}
