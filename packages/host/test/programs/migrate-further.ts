// Opens a database with one migration more than it has, and says which were applied.

import { openSqlite } from '../../src/index.ts';

const [path = ''] = process.argv.slice(2);
const db = openSqlite(path, {
  migrations: [
    { id: '0001-a', sql: 'CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT;' },
    { id: '0002-b', sql: 'ALTER TABLE a ADD COLUMN note TEXT;' },
    { id: '0003-c', sql: 'CREATE TABLE c AS SELECT x FROM a;' },
  ],
});
process.stdout.write(`${db.prepare('SELECT count(*) FROM schema_migrations').pluck().get()}\n`);
db.close();
