// The keys that sign configs; see ../schema.sql for what the columns mean.

export const configKeys = {
  id: '0015-config-keys',
  sql: `CREATE TABLE config_key_lists (
  made_at_ms INTEGER PRIMARY KEY,
  list TEXT NOT NULL
) STRICT;
CREATE TABLE next_config_key (
  public_key TEXT PRIMARY KEY,
  has_switched INTEGER NOT NULL
) STRICT;
CREATE TABLE next_config_key_confirmed (
  node_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
`,
};
