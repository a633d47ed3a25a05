// Follows the log, and knows from it which entries have to be noted for the start.

import type { Database } from 'better-sqlite3';
import { areStateEntriesNoted, isStateEntry } from '../state-entries.ts';
import type { FollowedEntry } from './followed-entry.ts';

export class StateEntriesOfLog {
  readonly #nodes = new Map<number, string | null>();

  /** Call it with every entry, in order. */
  follow({ index, type, node_id: nodeId }: FollowedEntry): void {
    if (isStateEntry(type)) this.#nodes.set(index, nodeId ?? null);
  }

  /** @returns what differs in the rows, one phrase each */
  compare(db: Database): string[] {
    // No start of this version has noted the entries of before.
    if (!areStateEntriesNoted(db)) return [];
    const rows = db.prepare('SELECT log_index AS logIndex, node_id AS nodeId FROM state_entries').all() as {
      logIndex: number;
      nodeId: string | null;
    }[];
    const found = new Map(rows.map(({ logIndex, nodeId }) => [logIndex, nodeId]));
    return [
      ...[...this.#nodes]
        .filter(([index, nodeId]) => found.get(index) !== nodeId)
        .map(([index]) => `entry ${index}: it is not noted among those that the start compares rows with`),
      ...[...found.keys()]
        .filter((index) => !this.#nodes.has(index))
        .map(
          (index) =>
            `state_entries: its row ${index} names an entry that the start does not compare rows with`,
        ),
    ];
  }
}
