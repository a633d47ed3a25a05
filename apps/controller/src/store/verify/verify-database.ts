// Verifies a whole database: its pages, the log against its tiles and every head that is known, the details
// against the log, and the rows against the log.

import type { Database } from 'better-sqlite3';
import type { Sealer } from '../../trust/at-rest-sealer.ts';
import { checkTree, type KnownHead } from '../check-tree.ts';
import { BatchesOfDetails } from './batches-of-details.ts';
import { ExamsOfLog } from './exams-of-log.ts';
import { readEntry } from './followed-entry.ts';
import { messageFaults } from './newest-messages-of-log.ts';
import { RecordsOfLog } from './records-of-log.ts';
import { RowsOfLog } from './rows-of-log.ts';
import { SpentKeysOfLog } from './spent-keys-of-log.ts';
import { StateEntriesOfLog } from './state-entries-of-log.ts';
import { ToldOfLog } from './told-of-log.ts';

export interface Verification {
  /** What is not as it was written, one phrase each. */
  readonly faults: readonly string[];
  readonly logSize: number;
  readonly rootHash: string;
  /** Details that fit their entries, and entries whose details are erased. */
  readonly detailsChecked: number;
  readonly detailsAbsent: number;
}

export type VerifyStep = 'pages' | 'log';

export interface VerifyOptions {
  readonly sealer: Sealer;
  /** Heads that were seen elsewhere. */
  readonly known: readonly KnownHead[];
  /** How many of the log's entries are followed; for `pages`, 0 of 1 and then 1 of 1. */
  readonly onProgress?: (step: VerifyStep, done: number, total: number) => void;
}

const MOST_FAULTS = 100;
const ENTRIES_PER_REPORT = 10_000;

/** Reads in one transaction, so that a controller may write meanwhile. */
export function verifyDatabase(db: Database, options: VerifyOptions): Verification {
  db.exec('BEGIN');
  try {
    return verify(db, options);
  } finally {
    try {
      db.exec('ROLLBACK');
    } catch {
      // It read a damaged page, which is among the faults.
    }
  }
}

function verify(db: Database, { sealer, known, onProgress = () => {} }: VerifyOptions): Verification {
  const faults: string[] = [];
  const fault = (text: string): void => void (faults.length < MOST_FAULTS && faults.push(text));
  onProgress('pages', 0, 1);
  try {
    for (const row of db.pragma(`integrity_check(${MOST_FAULTS})`) as { integrity_check: string }[])
      if (row.integrity_check !== 'ok') fault(`the database: ${row.integrity_check.replaceAll('\n', ' ')}`);
  } catch (error) {
    fault(`the database: ${messageOf(error)}`);
  }
  onProgress('pages', 1, 1);
  try {
    return { ...followLog(db, { sealer, known, onProgress }, fault), faults };
  } catch (error) {
    // A page that cannot be read ends everything that would come after it.
    fault(`not everything can be read: ${messageOf(error)}`);
    return { faults, logSize: 0, rootHash: '', detailsChecked: 0, detailsAbsent: 0 };
  }
}

function followLog(
  db: Database,
  { sealer, known, onProgress }: Required<VerifyOptions>,
  fault: (text: string) => void,
): Omit<Verification, 'faults'> {
  const total = db.prepare('SELECT count(*) FROM log_entries').pluck().get() as number;
  const rows = new RowsOfLog();
  const records = new RecordsOfLog();
  const spent = new SpentKeysOfLog();
  const noted = new StateEntriesOfLog();
  const exams = new ExamsOfLog();
  const told = new ToldOfLog();
  const details = new BatchesOfDetails(db, sealer, fault);
  const tree = checkTree(db, {
    known,
    onEntry: (index, bytes, nodeId) => {
      if (index % ENTRIES_PER_REPORT === 0) onProgress('log', index, total);
      const entry = readEntry(bytes);
      if (entry?.index !== index) {
        fault(`entry ${index}: it cannot be read, or is of another place`);
        details.follow(index, undefined);
        return;
      }
      if ((entry.node_id ?? null) !== nodeId) fault(`entry ${index}: its row names another node`);
      details.follow(index, entry.details);
      rows.follow(entry);
      records.follow(entry);
      spent.follow(entry);
      noted.follow(entry);
      exams.follow(entry);
      told.follow(entry);
    },
  });
  details.end();
  for (const text of tree.faults) fault(`the log: ${text}`);
  for (const head of tree.ahead)
    fault(`the log: it ends at ${tree.size} entries, and ${head.source} covers ${head.size}`);
  for (const text of rows.compare(db)) fault(text);
  for (const text of records.compare(db, true)) fault(text);
  for (const text of spent.compare(db)) fault(text);
  for (const text of noted.compare(db)) fault(text);
  for (const text of told.compare(db, sealer)) fault(text);
  for (const text of messageFaults(db, sealer)) fault(text);
  for (const text of exams.compare(db, sealer)) fault(text);
  onProgress('log', total, total);
  return {
    logSize: tree.size,
    rootHash: tree.rootHash,
    detailsChecked: details.checked,
    detailsAbsent: details.absent,
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error');
