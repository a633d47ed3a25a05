// API keys for administration over the network; see ../schema.sql for what the columns mean.

export const adminKeys = {
  id: '0008-admin-keys',
  sql: `CREATE TABLE admin_keys (
  key_id TEXT PRIMARY KEY,
  secret_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_by_id TEXT,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  last_used_on TEXT
) STRICT;
`,
};
