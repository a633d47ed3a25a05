// Databases that do not wait for the disk.

import { openSqlite as open } from '../../packages/host/src/open-sqlite.ts';

export * from '../../packages/host/src/open-sqlite.ts';

export const openSqlite: typeof open = (path, options) => {
  const db = open(path, options);
  db.pragma('synchronous = OFF');
  return db;
};
