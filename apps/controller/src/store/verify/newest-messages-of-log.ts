// Compares the stored bodies of newest benchmarks with the hashes in the entries of these benchmarks.

import { platformSha256 } from '@mesh/host';
import { sha256Hex } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import type { Sealer } from '../../trust/at-rest-sealer.ts';
import { ENTRY, movedTilesOf } from '../moved-tiles.ts';
import { type MessageRow, openMessage } from '../newest-messages.ts';

/** @returns what differs, one phrase each */
export function* messageFaults(db: Database, sealer: Sealer): Generator<string> {
  movedTilesOf(db);
  const rows = db.prepare(
    `SELECT m.node_id, m.log_index, m.sealed, e.node_id AS logged,
       json_extract(CAST(${ENTRY} AS TEXT), '$.data.message_sha256') AS hash
     FROM newest_messages m LEFT JOIN log_entries e USING (log_index) ORDER BY m.node_id`,
  );
  type Row = MessageRow & { readonly logged: string | null; readonly hash: string | null };
  for (const row of rows.iterate() as Iterable<Row>) {
    const body = bodyOf(row, sealer);
    if (body === undefined) yield `message of node ${row.node_id}: it does not open with the master key`;
    else if (row.logged !== row.node_id || row.hash !== sha256Hex(platformSha256(body)))
      yield `message of node ${row.node_id}: it is not the one whose hash entry ${row.log_index} has`;
  }
}

function bodyOf(row: MessageRow, sealer: Sealer): Uint8Array | undefined {
  try {
    return openMessage(sealer, row);
  } catch {
    return undefined;
  }
}
