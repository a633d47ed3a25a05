// Commits batches of pairs for ever and prints the numbers that were acknowledged. Every item writes two
// rows. After a kill at any instant, the file must have both or neither of them. `plain` writes without the
// group commit. With a last argument, the process kills itself between the two rows of that item.

import { writeSync } from 'node:fs';
import { GroupCommit, openSqlite } from '../../src/index.ts';

const [path = '', firstText = '1', form = 'grouped', dieAt = '0'] = process.argv.slice(2);
const db = openSqlite(path, {
  migrations: [
    {
      id: '0001-pairs',
      sql: 'CREATE TABLE pairs (n INTEGER NOT NULL, half INTEGER NOT NULL, PRIMARY KEY (n, half)) STRICT',
    },
  ],
});
const insert = db.prepare('INSERT INTO pairs (n, half) VALUES (?, ?)');

function write(n: number): number {
  insert.run(n, 0);
  if (n === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
  insert.run(n, 1);
  return n;
}

const commits = new GroupCommit<number, number>(db, { apply: (_, n) => write(n) });
const BATCH = 20;
for (let n = Number(firstText); ; n += BATCH) {
  const items = Array.from({ length: BATCH }, (_, offset) => n + offset);
  const acknowledged =
    form === 'grouped' ? await Promise.all(items.map((item) => commits.enqueue(item))) : items.map(write);
  writeSync(1, `${acknowledged.join(',')}\n`);
}
