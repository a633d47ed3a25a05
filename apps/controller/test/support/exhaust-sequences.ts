// Makes a database in which a node has used up its sequences.

import type { Database } from 'better-sqlite3';

/** Sets every stored sequence of a node to the highest possible one. */
export function exhaustSequences(db: Database, nodeId: string): void {
  const highest = BigInt(Number.MAX_SAFE_INTEGER);
  const set = (sql: string, ...values: readonly bigint[]) => {
    const { changes } = db.prepare(`${sql} WHERE node_id = ?`).run(...values, nodeId);
    if (changes !== 1) throw new Error(`there is no row of ${nodeId}`);
  };
  set('UPDATE nodes SET sequence_endpoint = ?, sequence_leave = ?', highest, highest);
  set('UPDATE node_results SET sequence_benchmark = ?', highest);
}
