// The policies that were accepted, and what the brake remembers; see ../schema.sql for what the columns mean.

export const policiesAndBrake = {
  id: '0010-policies-and-brake',
  sql: `CREATE TABLE policies (
  version INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  policy TEXT NOT NULL,
  configuration_hash TEXT,
  why TEXT NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  applied_at_ms INTEGER,
  applied_epoch INTEGER
) STRICT;
ALTER TABLE nodes ADD COLUMN held_since_ms INTEGER;
ALTER TABLE nodes ADD COLUMN hold_cause TEXT;
ALTER TABLE nodes ADD COLUMN hold_until_ms INTEGER;
ALTER TABLE nodes ADD COLUMN hold_limited INTEGER;
CREATE TABLE brake_cuts (
  -- Also of a node that was deleted since.
  node_id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  causes TEXT NOT NULL,
  shortfall REAL NOT NULL
) STRICT;
`,
};
