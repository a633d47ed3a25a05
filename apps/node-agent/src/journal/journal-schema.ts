// The journal's table and the messages between its two threads.

import type { Migration } from '@mesh/host';

export const journalMigrations: readonly Migration[] = [
  {
    id: '0001-events',
    sql: `CREATE TABLE events (
            id    INTEGER PRIMARY KEY AUTOINCREMENT,
            at_ms INTEGER NOT NULL,
            type  TEXT NOT NULL,
            data  TEXT NOT NULL CHECK (json_valid(data))
          ) STRICT`,
  },
];

export interface JournalRow {
  /** By this machine's wall clock. */
  readonly atMs: number;
  readonly type: string;
  /** JSON. */
  readonly data: string;
}

export type JournalRequest =
  | { readonly kind: 'append'; readonly rows: readonly JournalRow[] }
  | { readonly kind: 'close' };

export type JournalAnswer =
  | { readonly kind: 'written'; readonly count: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'closed' };
