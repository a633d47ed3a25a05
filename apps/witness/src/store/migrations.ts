// The schema of the witness's database, in the order in which it grew. An applied migration is never edited.

import type { Migration } from '@mesh/host';

export const migrations: readonly Migration[] = [
  {
    id: '0001-heads',
    sql: `-- The keys that the heads were cosigned with: one row.
CREATE TABLE identity (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  verifier_keys TEXT NOT NULL -- one a line
) STRICT;

-- The newest head of each log that was cosigned.
CREATE TABLE heads (
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL CHECK (size >= 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  checkpoint TEXT NOT NULL, -- the note, with the log's signatures and the witness's
  cosigned_at INTEGER NOT NULL -- seconds since 1970
) STRICT, WITHOUT ROWID;

-- The witness never goes back: a head is neither forgotten nor made smaller, nor is another root put in its
-- place.
CREATE TRIGGER heads_stay BEFORE DELETE ON heads BEGIN
  SELECT RAISE(ABORT, 'a head that was cosigned is not forgotten');
END;
CREATE TRIGGER heads_grow BEFORE UPDATE ON heads
WHEN new.origin <> old.origin OR new.size < old.size OR (new.size = old.size AND new.root <> old.root) BEGIN
  SELECT RAISE(ABORT, 'a head that was cosigned is not taken back');
END;
`,
  },
];
