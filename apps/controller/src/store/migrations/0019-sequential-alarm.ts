// The end of an alarm; see ../schema.sql for what the column means.

export const sequentialAlarm = {
  id: '0019-sequential-alarm',
  sql: `ALTER TABLE nodes ADD COLUMN watch_spent INTEGER NOT NULL DEFAULT 0 CHECK (watch_spent IN (0, 1));
`,
};
