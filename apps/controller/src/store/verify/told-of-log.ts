// Compares what is kept of what nodes were told with the roots in the entries that commit to it.

import { platformSha256 } from '@mesh/host';
import { encodeBase64 } from '@mesh/primitives';
import { batchTree } from '@mesh/protocol';
import type { Database } from 'better-sqlite3';
import type { Sealer } from '../../trust/at-rest-sealer.ts';
import { type ToldRow, toldLeaves } from '../told-rows.ts';
import type { FollowedEntry } from './followed-entry.ts';

export class ToldOfLog {
  readonly #entries = new Map<number, FollowedEntry>();

  /** Call it with every entry, in order. */
  follow(entry: FollowedEntry): void {
    if (entry.type === 'configs_told') this.#entries.set(entry.index, entry);
  }

  /** @returns what differs, one phrase each. Rows that are not there are too old, and no fault */
  *compare(db: Database, sealer: Sealer): Generator<string> {
    const rows = db.prepare('SELECT log_index, epoch_id, sealed FROM configs_told ORDER BY log_index');
    for (const row of rows.iterate() as Iterable<ToldRow>) {
      const entry = this.#entries.get(row.log_index);
      const leaves = leavesOf(row, sealer);
      if (leaves === undefined)
        yield `what entry ${row.log_index} says was told: it does not open with the master key`;
      else if (
        entry?.epoch_id !== row.epoch_id ||
        entry.data.nodes !== leaves.length ||
        entry.data.root !== encodeBase64(batchTree(leaves, platformSha256).root)
      )
        yield `what entry ${row.log_index} says was told: it is not what the entry commits to`;
    }
  }
}

function leavesOf(row: ToldRow, sealer: Sealer): Uint8Array[] | undefined {
  try {
    return toldLeaves(sealer, row);
  } catch {
    return undefined;
  }
}
