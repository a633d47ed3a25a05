// What nodes were told, beside the entries that commit to it; see ../schema.sql.

export const configsTold = {
  id: '0028-configs-told',
  sql: `CREATE TABLE configs_told (
  log_index INTEGER PRIMARY KEY REFERENCES log_entries (log_index),
  epoch_id INTEGER NOT NULL,
  first_node TEXT NOT NULL,
  last_node TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX configs_told_by_epoch ON configs_told (epoch_id);
ALTER TABLE erasures ADD COLUMN told_index INTEGER NOT NULL DEFAULT 0;
`,
};
