// Which entries of the log the start compares rows with; see ../schema.sql. The start notes those of before.

export const stateEntries = {
  id: '0033-state-entries',
  sql: `CREATE TABLE state_entries (
  log_index INTEGER PRIMARY KEY,
  node_id TEXT
) STRICT;
CREATE INDEX state_entries_by_node ON state_entries (node_id, log_index) WHERE node_id IS NOT NULL;
`,
};
