// Pools of exam items, exams, and what is remembered of nodes in them; see ../schema.sql for what the columns
// mean.

export const exams = {
  id: '0031-exams',
  sql: `CREATE TABLE exam_pools (
  position INTEGER PRIMARY KEY,
  root TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  loaded_at_ms INTEGER NOT NULL,
  used TEXT NOT NULL,
  retired TEXT NOT NULL,
  withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE exams (
  exam_id TEXT PRIMARY KEY,
  node_id TEXT NOT NULL,
  epoch_id INTEGER NOT NULL,
  closed_at_ms INTEGER,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX exams_open ON exams (exam_id) WHERE closed_at_ms IS NULL;
CREATE INDEX exams_closed ON exams (closed_at_ms) WHERE closed_at_ms IS NOT NULL;
CREATE INDEX exams_of_node ON exams (node_id);
CREATE TABLE exam_entries (
  subject TEXT NOT NULL,
  log_index INTEGER NOT NULL,
  PRIMARY KEY (subject, log_index)
) STRICT, WITHOUT ROWID;
CREATE TABLE node_exams (
  node_id TEXT PRIMARY KEY REFERENCES nodes (node_id),
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE examiner_lists (
  sha256 TEXT PRIMARY KEY,
  ids TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE examiners (
  node_id TEXT PRIMARY KEY,
  outvoted_in TEXT NOT NULL,
  suspended_by TEXT,
  suspended_at_ms INTEGER
) STRICT;
`,
};
