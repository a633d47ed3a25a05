// Makes a backup of a database that is in use: copies it, checks the copy, seals it into a file, and opens
// that file. It runs in a thread of its own, with a connection of its own, so that it holds up nobody. The
// controller writes on.

import { closeSync, constants, openSync, rmSync, statSync } from 'node:fs';
import { formatRfc3339 } from '@mesh/primitives';
import { checkTree, type KnownHead } from '../store/check-tree.ts';
import { nameLogFolder } from '../store/moved-tiles.ts';
import { openAsOneFile, openToRead } from '../store/open-beside.ts';
import { removeDatabase } from '../store/remove-database.ts';
import { BACKUP_FORMAT, type BackupHeader, checkBackup, sealBackup } from './backup-file.ts';

export interface BackupOrder {
  readonly database: string;
  /** Of the published log, which old tiles may have moved to. */
  readonly logFolder: string | undefined;
  /** Where the open copy is for a while. */
  readonly copy: string;
  /** The file to make. */
  readonly target: string;
  readonly id: string;
  readonly meshId: string;
  readonly nowMs: number;
  /** The file's key, and the same sealed under the master key, base64. */
  readonly key: Uint8Array;
  readonly sealedKey: string;
  /** The head of the log as the controller knows it. The copy has it, or it is no good. */
  readonly head: KnownHead;
}

export type BackupStep = 'copying' | 'checking' | 'sealing';

export interface MadeBackup {
  readonly header: BackupHeader;
  /** Of the file. */
  readonly lengthBytes: number;
  /** Of the file, in hex. */
  readonly sha256: string;
}

const PAGES_AT_ONCE = 1_000;
/** Enough for a bar. */
const ENTRIES_PER_REPORT = 10_000;

/**
 * @param onProgress how much of a step is done: pages, entries or bytes
 * @throws Error if the copy is not whole, or not of the log that the controller knows; ControllerError
 *   `usage` if the file does not open again; SQLite's or the system's error. No file is left
 */
export async function makeBackup(
  order: BackupOrder,
  onProgress: (step: BackupStep, done: number, total: number) => void,
): Promise<MadeBackup> {
  const { copy, target } = order;
  try {
    await copyDatabase(order, (done, total) => onProgress('copying', done, total));
    const { size, rootHash } = checkCopy(order, (done, total) => onProgress('checking', done, total));
    const header: BackupHeader = {
      format: BACKUP_FORMAT,
      id: order.id,
      mesh_id: order.meshId,
      made_at: formatRfc3339(order.nowMs),
      log_size: size,
      root_hash: rootHash,
      database_bytes: statSync(copy).size,
      key: order.sealedKey,
    };
    const lengthBytes = sealBackup(copy, target, header, order.key, (done) =>
      onProgress('sealing', done, header.database_bytes),
    );
    return { header, lengthBytes, sha256: checkBackup(target, order.key) };
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  } finally {
    removeDatabase(copy);
  }
}

/** SQLite's online backup, of one moment: the read transaction keeps later commits out of the copy. */
async function copyDatabase(
  { database, copy }: BackupOrder,
  onPages: (done: number, total: number) => void,
): Promise<void> {
  // What a process that was killed may have left.
  removeDatabase(copy);
  // SQLite would give a file that it makes itself the mode that the umask leaves.
  closeSync(openSync(copy, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
  const db = openToRead(database);
  try {
    db.exec('BEGIN');
    db.prepare('SELECT 1 FROM sqlite_schema').get();
    await db.backup(copy, {
      progress: ({ totalPages, remainingPages }) => {
        onPages(totalPages - remainingPages, totalPages);
        return PAGES_AT_ONCE;
      },
    });
  } finally {
    db.close();
  }
}

function checkCopy(
  { copy, head, logFolder }: BackupOrder,
  onEntries: (done: number, total: number) => void,
): { size: number; rootHash: string } {
  // Without a write-ahead log that could be forgotten.
  const db = openAsOneFile(copy);
  nameLogFolder(db, logFolder);
  try {
    const found = String(db.pragma('integrity_check(1)', { simple: true }));
    if (found !== 'ok') throw new Error(`the copy is damaged: ${found}`);
    const total = Number(db.prepare('SELECT count(*) FROM log_entries').pluck().get());
    const { faults, ahead, ...tree } = checkTree(db, {
      known: [head],
      onEntry: (index) => {
        if (index % ENTRIES_PER_REPORT === 0) onEntries(index, total);
      },
    });
    const [fault] = faults;
    if (fault !== undefined) throw new Error(`the log in the copy is not as it was written: ${fault}`);
    if (ahead.length > 0)
      throw new Error(
        `the log in the copy ends at ${tree.size} entries, and the controller has ${head.size}`,
      );
    return tree;
  } finally {
    db.close();
  }
}
