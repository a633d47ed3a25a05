// Computes the log's tree from its entries, and compares it with what is known of it: the saved frontiers,
// and heads that were seen elsewhere.

import { CompactRange, leafHash } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { encodeBase64 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';

/** A head of the log: its size in entries, and the base64 of its RFC 6962 root. */
export interface KnownHead {
  readonly size: number;
  readonly rootHash: string;
  /** Where it was seen, for messages. */
  readonly source: string;
}

export interface CheckedTree {
  /** In entries. */
  readonly size: number;
  /** RFC 6962 root, base64. */
  readonly rootHash: string;
  /** What does not fit, one phrase each; empty if the log is as it was written. */
  readonly faults: readonly string[];
  /** The known heads that are of a longer log than this one. */
  readonly ahead: readonly KnownHead[];
}

export interface CheckTreeOptions {
  readonly known?: readonly KnownHead[];
  /** Called with each entry in order, before it is hashed. */
  readonly onEntry?: (index: number, entry: Uint8Array, nodeId: string | null) => void;
}

/** How many faults are named. One damaged page may hold hundreds of entries. */
const MOST_FAULTS = 100;

/**
 * Reads the whole log once, in the order of its entries.
 *
 * @throws SQLite's error if a page cannot be read
 */
export function checkTree(db: Database, { known = [], onEntry }: CheckTreeOptions = {}): CheckedTree {
  const faults: string[] = [];
  const fault = (text: string): void => void (faults.length < MOST_FAULTS && faults.push(text));
  const frontiers = new Map(
    (
      db.prepare('SELECT size, frontier FROM log_frontiers').all() as { size: number; frontier: Uint8Array }[]
    ).map(({ size, frontier }) => [size, new Uint8Array(frontier)] as const),
  );
  let range = new CompactRange(platformSha256);
  let agreedUpTo = 0;
  /** Compares with what is known at the present size. */
  const compare = (): void => {
    const { size } = range;
    const frontier = frontiers.get(size);
    if (frontier !== undefined) {
      frontiers.delete(size);
      if (Buffer.compare(frontier, range.toBytes()) === 0) agreedUpTo = size;
      else {
        fault(`entries ${agreedUpTo} to ${size - 1}: one of them, or the frontier at ${size}, was changed`);
        // From here on with what was saved, so that a second change is found where it is.
        range = restored(frontier) ?? range;
        agreedUpTo = size;
      }
    }
    for (const head of known)
      if (head.size === size && head.rootHash !== encodeBase64(range.root()))
        fault(`entries 0 to ${size - 1} have another root than ${head.source} at ${size} entries`);
  };
  compare();
  const rows = db.prepare('SELECT log_index, node_id, entry FROM log_entries ORDER BY log_index');
  for (const row of rows.iterate() as Iterable<{
    log_index: number;
    node_id: string | null;
    entry: Uint8Array;
  }>) {
    if (row.log_index !== range.size) {
      fault(`entry ${range.size} is missing: the next one is ${row.log_index}`);
      break;
    }
    onEntry?.(row.log_index, row.entry, row.node_id);
    range.append(leafHash(row.entry, platformSha256));
    compare();
  }
  const { size } = range;
  for (const missing of frontiers.keys())
    if (missing > size) fault(`the log ends at ${size} entries where it had ${missing}`);
  return {
    size,
    rootHash: encodeBase64(range.root()),
    faults,
    ahead: known.filter((head) => head.size > size),
  };
}

function restored(frontier: Uint8Array): CompactRange | undefined {
  try {
    return CompactRange.fromBytes(frontier, platformSha256);
  } catch {
    return undefined;
  }
}
