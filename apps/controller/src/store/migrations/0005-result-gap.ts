// The times of the results that were counted last; see ../schema.sql for what the columns mean.

export const resultGap = {
  id: '0005-result-gap',
  sql: `ALTER TABLE nodes ADD COLUMN good_counted_measured_at_ms INTEGER;
ALTER TABLE nodes ADD COLUMN good_counted_arrived_at_ms INTEGER;
ALTER TABLE nodes ADD COLUMN clear_counted_measured_at_ms INTEGER;
ALTER TABLE nodes ADD COLUMN clear_counted_arrived_at_ms INTEGER;
`,
};
