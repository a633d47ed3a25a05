// Reads the right edge of the log's tree at the start.

import { leafHash, TILE_WIDTH, TileEdge, type WrittenTile } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import type { Database } from 'better-sqlite3';
import { damagedLog } from './damaged-log.ts';
import type { LogTiles } from './log-tiles.ts';

export interface FoundEdge {
  readonly edge: TileEdge;
  /** Full tiles that are not stored: of entries from before tiles were. */
  readonly missing: readonly WrittenTile[];
}

/**
 * Hashes the entries behind the last full tile that is stored.
 *
 * @throws ControllerError `usage` if the log has a gap or is shorter than its tiles
 */
export function readEdge(db: Database, tiles: LogTiles): FoundEdge {
  const edge = TileEdge.fromTiles(tiles.count(0) * TILE_WIDTH, (tile) => tiles.read(tile), platformSha256);
  const missing: WrittenTile[] = [];
  const rest = db.prepare('SELECT log_index, entry FROM log_entries WHERE log_index >= ? ORDER BY log_index');
  for (const row of rest.iterate(edge.size) as Iterable<{ log_index: number; entry: Uint8Array }>) {
    if (row.log_index !== edge.size) throw damagedLog(db, `has a gap at index ${edge.size}`);
    missing.push(...edge.append(leafHash(row.entry, platformSha256)));
  }
  const size = db.prepare('SELECT ifnull(max(log_index), -1) + 1 FROM log_entries').pluck().get() as number;
  if (size !== edge.size) throw damagedLog(db, `ends at ${size} entries where it had ${edge.size}`);
  return { edge, missing };
}
