// The signed body of each node's newest benchmark; see ../schema.sql.

export const newestMessages = {
  id: '0029-newest-messages',
  sql: `CREATE TABLE newest_messages (
  node_id TEXT PRIMARY KEY,
  log_index INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
`,
};
