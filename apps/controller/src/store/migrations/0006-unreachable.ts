// Nodes whose own tunnel fails; see ../schema.sql for what the column means.

export const unreachable = {
  id: '0006-unreachable',
  sql: 'ALTER TABLE nodes ADD COLUMN unreachable_since_ms INTEGER;\n',
};
