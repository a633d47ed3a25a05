// Where the log has each version of the policy, and where it came into force.

import type { MeshEvent } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';

type PolicyEvent = Extract<MeshEvent, { type: 'policy_changed' | 'policy_applied' }>;

export class PolicyEntries {
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #inForce: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT INTO policy_entries (version, type, log_index) VALUES (?, ?, ?)');
    this.#find = db
      .prepare('SELECT log_index FROM policy_entries WHERE version = ? ORDER BY log_index')
      .pluck();
    this.#inForce = db
      .prepare(
        `SELECT version FROM policy_entries WHERE type = 'policy_applied' AND log_index < ?
         ORDER BY log_index DESC LIMIT 1`,
      )
      .pluck();
  }

  /** The indices of the entries about the version that was in force just before an entry. */
  inForceBefore(index: number): number[] {
    const version = this.#inForce.get(index) as number | undefined;
    return version === undefined ? [] : this.of(version);
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
