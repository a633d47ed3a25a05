// Notices every change of a controller's state. An attack may change one thing alone: the log says that a
// member's messages were refused (summed), and who at the administration brought a request that the officers'
// signatures do not allow (one entry each, because such a caller has a key or the socket).

import { createHash } from 'node:crypto';
import type { FuzzMesh } from './fuzz-mesh.ts';
import type { DoorName } from './targets.ts';

/** What may be said about what a door has refused. */
const REFUSALS: Readonly<Record<DoorName, RegExp>> = {
  nodes: /^messages?_rejected$/,
  public: /^nothing$/,
  socket: /^request_refused$/,
  network: /^request_refused$/,
};

export class StateWatch {
  readonly #mesh: FuzzMesh;
  #size: number;
  #nodes: string;
  #tables: string;
  refusals = 0;

  constructor(mesh: FuzzMesh) {
    this.#mesh = mesh;
    this.#size = this.#logSize();
    this.#nodes = this.#describeNodes();
    this.#tables = this.#hashTables();
  }

  /**
   * What has changed since it was last asked, and must not have; undefined if there is nothing.
   *
   * @param door at which something was asked in between
   * @param caller who asked: a node's refusals stand under its own name
   */
  changed(door: DoorName, caller: string): string | undefined {
    const entries = this.#newEntries();
    const nodes = this.#describeNodes();
    const isSameNodes = nodes === this.#nodes;
    const wrong = entries.filter(
      ({ type, node_id }) => !REFUSALS[door].test(type) || (door === 'nodes' && node_id !== caller),
    );
    this.#size += entries.length;
    this.#nodes = nodes;
    this.refusals += entries.length - wrong.length;
    if (wrong.length > 0) return `the log has new entries: ${JSON.stringify(wrong)}`;
    return isSameNodes ? undefined : 'the record of a node has changed';
  }

  /** The same for every table of the database but the log's. It reads them all. */
  tablesChanged(): string | undefined {
    const tables = this.#hashTables();
    if (tables === this.#tables) return undefined;
    this.#tables = tables;
    return 'a table of the database has changed';
  }

  #logSize(): number {
    return this.#mesh.controller.running.services.journal.head().size;
  }

  #newEntries(): { type: string; node_id?: string }[] {
    if (this.#logSize() === this.#size) return [];
    const rows = this.#mesh.controller.db
      .prepare('SELECT entry FROM log_entries WHERE log_index >= ? ORDER BY log_index')
      .all(this.#size) as { entry: Buffer | string }[];
    return rows.map(({ entry }) => JSON.parse(entry.toString()) as { type: string; node_id?: string });
  }

  #describeNodes(): string {
    return JSON.stringify([...this.#mesh.controller.running.services.view.nodes()]);
  }

  #hashTables(): string {
    const { db } = this.#mesh.controller;
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'log%'")
      .all() as { name: string }[];
    const hash = createHash('sha256');
    for (const { name } of tables) {
      const rows = db.prepare(`SELECT * FROM "${name}"`).raw().all() as unknown[][];
      hash.update(
        `${name}\n${rows
          .map((row) => JSON.stringify(row))
          .sort()
          .join('\n')}\n`,
      );
    }
    return hash.digest('hex');
  }
}
