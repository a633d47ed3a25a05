// Nodes within the warning band; see ../schema.sql for what the columns mean.

export const declining = {
  id: '0004-declining',
  sql: `ALTER TABLE nodes ADD COLUMN declining INTEGER NOT NULL DEFAULT 0 CHECK (declining IN (0, 1));
ALTER TABLE nodes ADD COLUMN consecutive_clear INTEGER NOT NULL DEFAULT 0;
`,
};
