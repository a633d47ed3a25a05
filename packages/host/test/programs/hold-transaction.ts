// Holds a transaction on a database until killed: hold-transaction.ts FILE IMMEDIATE|EXCLUSIVE

import { writeSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';

const db = new SqliteDatabase(process.argv[2] ?? '', { timeout: 0 });
db.exec(`BEGIN ${process.argv[3]}`);
writeSync(1, 'held\n');
setInterval(() => db.inTransaction, 60_000);
