// The thread that writes the agent's journal. A commit waits for the disk, and the thread that removes peers
// must not wait. This thread takes batches and answers how many rows it has written or why it failed.

import { parentPort, workerData } from 'node:worker_threads';
import { errorCodeOf, openSqlite, storageAdvice } from '@mesh/host';
import { type JournalAnswer, type JournalRequest, journalMigrations } from './journal-schema.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker of journal.ts');

/** This thread may wait for a lock, because nothing urgent waits for it. */
const LOCK_WAIT_MS = 5_000;

const { path, keep } = workerData as { path: string; keep: number };
const answer = (message: JournalAnswer) => port.postMessage(message);

function open() {
  const db = openSqlite(path, { migrations: journalMigrations, busyTimeoutMs: LOCK_WAIT_MS });
  const insert = db.prepare<[number, string, string]>(
    'INSERT INTO events (at_ms, type, data) VALUES (?, ?, ?)',
  );
  const trim = db.prepare<[number]>('DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?');
  const write = db.transaction((rows: JournalRequest & { kind: 'append' }) => {
    for (const { atMs, type, data } of rows.rows) insert.run(atMs, type, data);
    trim.run(keep);
  });
  return { db, write };
}

let journal: ReturnType<typeof open> | undefined;

port.on('message', (request: JournalRequest) => {
  try {
    if (request.kind === 'close') {
      journal?.db.close();
      answer({ kind: 'closed' });
      port.close();
      return;
    }
    // The journal is opened at its first use, and again after a failure. So it continues by itself once a
    // full disk has room.
    journal ??= open();
    journal.write(request);
    answer({ kind: 'written', count: request.rows.length });
  } catch (error) {
    journal?.db.close();
    journal = undefined;
    answer({ kind: 'failed', message: explain(error) });
    if (request.kind === 'close') port.close();
  }
});

function explain(error: unknown): string {
  const code = errorCodeOf(error);
  if (code?.startsWith('SQLITE_')) return `${path} (${code}): ${storageAdvice(path, code)}`;
  return error instanceof Error ? error.message : 'unknown error';
}
