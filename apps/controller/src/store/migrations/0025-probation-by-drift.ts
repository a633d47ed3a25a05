// A probation that a drift signal begins; see ../schema.sql for what the column means.

export const probationByDrift = {
  id: '0025-probation-by-drift',
  sql: `ALTER TABLE nodes ADD COLUMN probation_since INTEGER;
`,
};
