// Erasures of details that are under way; see ../schema.sql.

export const erasures = {
  id: '0018-erasures',
  sql: `CREATE TABLE erasures (
  position INTEGER PRIMARY KEY,
  node_id TEXT,
  before_index INTEGER NOT NULL,
  done_index INTEGER NOT NULL DEFAULT 0
) STRICT;
`,
};
