// Officers, the requests that they sign, classes that they revoke, and quarantines that end by themselves;
// see ../schema.sql for what the columns mean.

export const officers = {
  id: '0009-officers',
  sql: `CREATE TABLE officer_sets (
  position INTEGER PRIMARY KEY,
  officers TEXT NOT NULL,
  required INTEGER NOT NULL CHECK (required >= 1)
) STRICT;
CREATE TABLE officer_requests (
  request_id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('pending', 'authorised', 'carried_out')),
  request TEXT NOT NULL,
  signatures TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE classes (
  name TEXT PRIMARY KEY,
  revoked_at_ms INTEGER
) STRICT;
ALTER TABLE nodes ADD COLUMN quarantined_at_ms INTEGER;
ALTER TABLE nodes ADD COLUMN quarantined_until_ms INTEGER;
`,
};
