// Writes the denials that the brake counts to the database, and reads them at the start.

import type { NodeId } from '@mesh/primitives';
import type { RecentCut } from '@mesh/scoring';
import type { Database, Statement } from 'better-sqlite3';

interface CutRow {
  readonly node_id: string;
  readonly at_ms: number;
  readonly causes: string;
  readonly shortfall: number;
}

/** Writes inside the transaction that writes the log entries. */
export class BrakeRows {
  readonly #put: Statement;
  readonly #delete: Statement;

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT INTO brake_cuts (node_id, at_ms, causes, shortfall) VALUES (?, ?, ?, ?)
       ON CONFLICT (node_id) DO UPDATE SET at_ms = excluded.at_ms, causes = excluded.causes, shortfall = excluded.shortfall`,
    );
    this.#delete = db.prepare('DELETE FROM brake_cuts WHERE node_id = ?');
  }

  /**
   * Leaves a row for each of `cuts` and no other.
   *
   * @param written the denials that have rows already
   */
  write(cuts: readonly RecentCut[], written: readonly RecentCut[]): void {
    const known = new Set(written);
    const counted = new Set(cuts.map(({ nodeId }) => nodeId));
    for (const { nodeId } of written) if (!counted.has(nodeId)) this.#delete.run(nodeId);
    for (const cut of cuts)
      if (!known.has(cut)) this.#put.run(cut.nodeId, cut.atMs, JSON.stringify(cut.causes), cut.shortfall);
  }
}

/** The oldest first. */
export function readBrakeCuts(db: Database): RecentCut[] {
  return (db.prepare('SELECT * FROM brake_cuts ORDER BY at_ms').all() as CutRow[]).map((row) => ({
    nodeId: row.node_id as NodeId,
    atMs: row.at_ms,
    causes: JSON.parse(row.causes) as string[],
    shortfall: row.shortfall,
  }));
}
