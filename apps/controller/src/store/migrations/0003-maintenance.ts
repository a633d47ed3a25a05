// Windows of planned work; see ../schema.sql for what the columns mean.

export const maintenance = {
  id: '0003-maintenance',
  sql: `CREATE TABLE maintenance_windows (
  position INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  officer TEXT NOT NULL,
  why TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL
) STRICT;
`,
};
