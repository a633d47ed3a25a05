// Enrolments that wait, tokens that were withdrawn, nodes that were deleted, and keys that no node may have
// again; see ../schema.sql for what the columns mean.

export const enrolments = {
  id: '0011-enrolments',
  sql: `ALTER TABLE tokens ADD COLUMN needs_approval INTEGER NOT NULL DEFAULT 0 CHECK (needs_approval IN (0, 1));
ALTER TABLE tokens ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1));
ALTER TABLE nodes ADD COLUMN is_pending INTEGER NOT NULL DEFAULT 0 CHECK (is_pending IN (0, 1));
ALTER TABLE nodes ADD COLUMN enrolled_from TEXT;
ALTER TABLE nodes ADD COLUMN next_identity_key TEXT;
CREATE TABLE spent_keys (
  public_key TEXT PRIMARY KEY,
  node_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE deleted_nodes (
  position INTEGER PRIMARY KEY,
  node_id TEXT NOT NULL,
  class TEXT NOT NULL,
  addresses TEXT NOT NULL,
  held_until_ms INTEGER NOT NULL
) STRICT;
`,
};
