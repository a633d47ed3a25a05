// Where the log has each version of the policy, and where it came into force.

import type { MeshEvent } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';

type PolicyEvent = Extract<MeshEvent, { type: 'policy_changed' | 'policy_applied' }>;

export class PolicyEntries {
  readonly #insert: Statement;
  readonly #find: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT INTO policy_entries (version, type, log_index) VALUES (?, ?, ?)');
    this.#find = db
      .prepare('SELECT log_index FROM policy_entries WHERE version = ? ORDER BY log_index')
      .pluck();
  }

  /** Call it in the transaction of the entry. */
  note({ type, version }: PolicyEvent, index: number): void {
    this.#insert.run(version, type, index);
  }

  /** The indices of the entries about a version, in order. */
  of(version: number): number[] {
    return this.#find.all(version) as number[];
  }
}
