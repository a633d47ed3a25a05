// Where the log has the policies; see ../schema.sql.

export const policyEntries = {
  id: '0023-policy-entries',
  sql: `CREATE TABLE policy_entries (
  version INTEGER NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('policy_changed', 'policy_applied')),
  log_index INTEGER NOT NULL,
  PRIMARY KEY (version, type)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO policy_entries (version, type, log_index)
SELECT json_extract(CAST(entry AS TEXT), '$.data.version'), json_extract(CAST(entry AS TEXT), '$.type'), log_index
FROM log_entries
WHERE node_id IS NULL AND json_extract(CAST(entry AS TEXT), '$.type') IN ('policy_changed', 'policy_applied');
`,
};
