// Appends log entries, and keeps the right edge of the Merkle tree over the committed entries.

import { CompactRange, commitDetails, leafHash, parseEntry, renderEntry } from '@mesh/audit';
import type { LifeSign, MeshEvent } from '@mesh/membership';
import { logEntryOf } from '@mesh/membership';
import {
  canonicalJson,
  defined,
  encodeBase64,
  type JsonValue,
  type MeshId,
  type NodeId,
  parseStrictJson,
} from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import type { Sealer } from '../trust/at-rest-sealer.ts';

const FRONTIER_EVERY = 4096;
const SALT_BYTES = 32;

export interface LogHead {
  readonly size: number;
  /** RFC 6962 root, base64. */
  readonly rootHash: string;
}

export interface LogWriterOptions {
  readonly db: Database;
  readonly meshId: MeshId;
  readonly sealer: Sealer;
  readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * Writes rows inside the caller's transaction. The caller reports with `commit` or `rollback` how the
 * transaction ended.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #insertEntry: Statement;
  readonly #insertDetails: Statement;
  readonly #insertFrontier: Statement;
  #committed: CompactRange;
  #pending: CompactRange;
  #head: LogHead | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    const { db } = options;
    this.#insertEntry = db.prepare('INSERT INTO log_entries (log_index, node_id, entry) VALUES (?, ?, ?)');
    this.#insertDetails = db.prepare('INSERT INTO log_details (log_index, node_id, sealed) VALUES (?, ?, ?)');
    this.#insertFrontier = db.prepare('INSERT OR REPLACE INTO log_frontiers (size, frontier) VALUES (?, ?)');
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
  mark(): CompactRange {
    return this.#pending.clone();
  }
  returnTo(mark: CompactRange): void {
    this.#pending = mark;
  }
  commit(): void {
    this.#committed = this.#pending.clone();
  }
  rollback(): void {
    this.#pending = this.#committed.clone();
  }

  append(event: MeshEvent, atMs: number): void {
    const { meshId, sealer, randomBytes } = this.#options;
    const content = logEntryOf(event);
    const index = this.#pending.size;
    const salt = content.details === undefined ? undefined : randomBytes(SALT_BYTES);
    const details = content.details as JsonValue | undefined;
    const entry = renderEntry({
      index,
      atMs,
      meshId,
      type: content.type,
      ...defined({ nodeId: content.nodeId, epochId: content.epochId }),
      data: content.data,
      ...(salt === undefined || details === undefined
        ? {}
        : { detailsCommitment: commitDetails(salt, details) }),
    } as Parameters<typeof renderEntry>[0]);
    this.#insertEntry.run(index, content.nodeId ?? null, entry);
    if (salt !== undefined && details !== undefined) {
      const plaintext = canonicalJson({ salt: encodeBase64(salt), details });
      this.#insertDetails.run(
        index,
        content.nodeId ?? null,
        sealer.seal(PURPOSE, String(index), Buffer.from(plaintext)),
      );
    }
    this.#pending.append(leafHash(entry));
    if (this.#pending.size % FRONTIER_EVERY === 0)
      this.#insertFrontier.run(this.#pending.size, this.#pending.toBytes());
  }
}

const PURPOSE = 'log-details';

function readRange(db: Database): CompactRange {
  const saved = db.prepare('SELECT frontier FROM log_frontiers ORDER BY size DESC LIMIT 1').get() as
    | { frontier: Uint8Array }
    | undefined;
  const range =
    saved === undefined ? new CompactRange() : CompactRange.fromBytes(new Uint8Array(saved.frontier));
  const rest = db.prepare('SELECT log_index, entry FROM log_entries WHERE log_index >= ? ORDER BY log_index');
  for (const row of rest.iterate(range.size) as Iterable<{ log_index: number; entry: Uint8Array }>) {
    if (row.log_index !== range.size) throw damaged(db, `has a gap at index ${range.size}`);
    range.append(leafHash(row.entry));
  }
  const { size } = db.prepare('SELECT ifnull(max(log_index), -1) + 1 AS size FROM log_entries').get() as {
    size: number;
  };
  if (size !== range.size) throw damaged(db, `ends at ${size} entries where it had ${range.size}`);
  return range;
}

function readEntry(db: Database, entry: Uint8Array): ReturnType<typeof parseEntry> {
  try {
    return parseEntry(new Uint8Array(entry));
  } catch (error) {
    throw damaged(
      db,
      `holds an entry that cannot be read (${error instanceof Error ? error.message : 'unknown'})`,
    );
  }
}

function damaged(db: Database, what: string): ControllerError {
  return new ControllerError(
    'usage',
    `the log in ${db.name} ${what}: it was tampered with or damaged; restore a backup (docs/operations.md, Backup)`,
  );
}

/** When each entry was written, newest first, and which entries record the start of a process. */
export function* lifeSigns(db: Database): Iterable<LifeSign> {
  const rows = db.prepare('SELECT entry FROM log_entries ORDER BY log_index DESC');
  for (const { entry } of rows.iterate() as Iterable<{ entry: Uint8Array }>) {
    const { atMs, type } = readEntry(db, entry);
    yield { atMs, isStart: type === 'controller_started' };
  }
}

export interface LogRow {
  readonly index: number;
  readonly entry: { readonly [name: string]: JsonValue };
  /** Absent if the entry has no details or they were erased. */
  readonly details?: JsonValue;
}

/**
 * Reads entries in the order of the log: the last `limit` entries of a node, or the `limit` entries from
 * index `from` on.
 */
export function readLog(
  db: Database,
  sealer: Sealer,
  query: { from?: number; limit: number; nodeId?: NodeId },
): LogRow[] {
  const rows =
    query.nodeId === undefined
      ? db
          .prepare(
            'SELECT e.log_index, e.entry, d.sealed FROM log_entries e LEFT JOIN log_details d USING (log_index) WHERE e.log_index >= ? ORDER BY e.log_index LIMIT ?',
          )
          .all(query.from ?? 0, query.limit)
      : db
          .prepare(
            'SELECT e.log_index, e.entry, d.sealed FROM log_entries e LEFT JOIN log_details d USING (log_index) WHERE e.node_id = ? ORDER BY e.log_index DESC LIMIT ?',
          )
          .all(query.nodeId, query.limit)
          .reverse();
  return (rows as { log_index: number; entry: Uint8Array; sealed: Uint8Array | null }[]).map((row) => {
    const entry = parseStrictJson(Buffer.from(row.entry).toString()) as LogRow['entry'];
    if (row.sealed === null) return { index: row.log_index, entry };
    const opened = parseStrictJson(
      Buffer.from(sealer.open(PURPOSE, String(row.log_index), row.sealed)).toString(),
    ) as { details: JsonValue };
    return { index: row.log_index, entry, details: opened.details };
  });
}
