// How much the database has grown, and what has moved out of it.

import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { type MovedSize, movedTilesOf } from './moved-tiles.ts';

export interface StorageSize {
  readonly databaseBytes: number;
  /** Of the database, what is free for new rows. */
  readonly freeBytes: number;
  readonly walBytes: number;
  /** Undefined: nothing has moved. */
  readonly moved: MovedSize | undefined;
}

/** Asks the file system and the head of the database, whatever the database's length. */
export function storageSizeOf(db: Database): StorageSize {
  const pragma = (name: string): number => Number(db.pragma(name, { simple: true }));
  return {
    databaseBytes: sizeOf(db.name),
    freeBytes: pragma('freelist_count') * pragma('page_size'),
    walBytes: sizeOf(`${db.name}-wal`),
    moved: movedTilesOf(db).size(),
  };
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
