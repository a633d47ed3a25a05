// The keys that sign the log's heads; see ../schema.sql for what the columns mean.

export const logKeys = {
  id: '0020-log-keys',
  sql: `CREATE TABLE log_keys (
  position INTEGER PRIMARY KEY,
  public_key TEXT NOT NULL UNIQUE,
  verifier_keys TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('present', 'next', 'ended'))
) STRICT;
`,
};
