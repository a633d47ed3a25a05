// What every result of a node changes gets a table of its own, and details are sealed together; see
// ../schema.sql for what the columns mean.

const MOVED = [
  'updated_at_ms',
  'sequence_benchmark',
  'consecutive_good',
  'good_counted_measured_at_ms',
  'good_counted_arrived_at_ms',
  'consecutive_clear',
  'clear_counted_measured_at_ms',
  'clear_counted_arrived_at_ms',
];

export const shortRows = {
  id: '0007-short-rows',
  sql: `CREATE TABLE node_results (
  node_id TEXT PRIMARY KEY REFERENCES nodes (node_id),
  latest_index INTEGER,
  updated_at_ms INTEGER NOT NULL,
  sequence_benchmark INTEGER NOT NULL,
  consecutive_good INTEGER NOT NULL,
  good_counted_measured_at_ms INTEGER,
  good_counted_arrived_at_ms INTEGER,
  consecutive_clear INTEGER NOT NULL,
  clear_counted_measured_at_ms INTEGER,
  clear_counted_arrived_at_ms INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO node_results (node_id, ${MOVED.join(', ')}) SELECT node_id, ${MOVED.join(', ')} FROM nodes;
${MOVED.map((column) => `ALTER TABLE nodes DROP COLUMN ${column};`).join('\n')}
ALTER TABLE log_entries ADD COLUMN previous_result INTEGER;
DROP INDEX log_entries_by_node;
CREATE INDEX log_entries_by_node ON log_entries (node_id, log_index) WHERE node_id IS NOT NULL AND previous_result IS NULL;
CREATE TABLE log_detail_batches (
  first_index INTEGER PRIMARY KEY,
  last_index INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
`,
};
