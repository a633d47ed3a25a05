// The CA that is to take the place of the present one; see ../schema.sql for what the columns mean.

export const caRotation = {
  id: '0014-ca-rotation',
  sql: `CREATE TABLE next_ca (
  pin TEXT PRIMARY KEY,
  certificate TEXT NOT NULL
) STRICT;
CREATE TABLE next_ca_trust (
  node_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
`,
};
