// How far each receiver of alerts has been told, and findings that are no entries of the log; see
// ../schema.sql.

export const alerts = {
  id: '0032-alerts',
  sql: `CREATE TABLE alert_receivers (
  name TEXT PRIMARY KEY,
  next_index INTEGER NOT NULL,
  last_finding INTEGER NOT NULL,
  dropped INTEGER NOT NULL
) STRICT;
CREATE TABLE alert_findings (
  finding INTEGER PRIMARY KEY,
  log_size INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT;
`,
};
