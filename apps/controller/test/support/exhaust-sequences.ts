// Makes a database in which a node has used up its sequences.

import type { Database } from 'better-sqlite3';

/** Sets every stored sequence of a node to the highest possible one. */
export function exhaustSequences(db: Database, nodeId: string): void {
  const highest = BigInt(Number.MAX_SAFE_INTEGER);
  const { changes } = db
    .prepare(
      'UPDATE nodes SET sequence_benchmark = ?, sequence_endpoint = ?, sequence_leave = ? WHERE node_id = ?',
    )
    .run(highest, highest, highest, nodeId);
  if (changes !== 1) throw new Error(`there is no row of ${nodeId}`);
}
