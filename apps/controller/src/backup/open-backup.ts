// Opens a backup into a database beside the present one, and checks it: everything that can be known before
// anything is replaced.

import { HostError, openSqlite } from '@mesh/host';
import { decodeBase64, wipe } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import { checkTree, type KnownHead } from '../store/check-tree.ts';
import { migrations } from '../store/migrations/index.ts';
import { nameLogFolder } from '../store/moved-tiles.ts';
import { removeDatabase } from '../store/remove-database.ts';
import { opensDatabase } from '../store/reseal.ts';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';
import { type BackupHeader, openBackup, readBackupHeader } from './backup-file.ts';

export interface StagedBackup {
  readonly header: BackupHeader;
  readonly head: KnownHead;
  /** Of the heads that are known, those that it does not reach. */
  readonly ahead: readonly KnownHead[];
}

export interface StagingOptions {
  readonly meshId: string;
  readonly sealer: Sealer;
  /** The heads that are known outside the databases. Called with the opened backup. */
  readonly findHeads: (db: Database) => Promise<readonly KnownHead[]>;
  /** Of the published log, which old tiles may have moved to. */
  readonly logFolder: string | undefined;
}

/**
 * @param staged the new database; the caller removes it
 * @param read called with it before it is closed
 * @throws ControllerError `usage` if the backup is of another mesh, has another master key, was changed, is
 *   not whole, or has another history than a known head; what `findHeads` throws; HostError
 */
export async function stageBackup<T>(
  file: string,
  staged: string,
  { meshId, sealer, findHeads, logFolder }: StagingOptions,
  read: (db: Database, backup: StagedBackup) => T,
): Promise<T> {
  removeDatabase(staged);
  const header = readBackupHeader(file);
  if (header.mesh_id !== meshId)
    throw refused(
      file,
      `is of mesh ${header.mesh_id}, not of ${meshId}: set mesh_id, or name another backup`,
    );
  const key = keyOf(file, header, sealer);
  try {
    openBackup(file, staged, key);
  } finally {
    wipe(key);
  }
  const db = openSqlite(staged, { migrations });
  nameLogFolder(db, logFolder);
  try {
    const found = String(db.pragma('integrity_check(1)', { simple: true }));
    if (found !== 'ok') throw refused(file, `holds a damaged database (${found}): take another backup`);
    if (!opensDatabase(db, sealer)) throw wrongKey(file);
    const { faults, ahead, size, rootHash } = checkTree(db, { known: await findHeads(db) });
    const [fault] = faults;
    if (fault !== undefined)
      throw refused(file, `holds another log than is known (${fault}): take another backup`);
    if (size !== header.log_size || rootHash !== header.root_hash)
      throw refused(file, 'does not hold the log that it says: take another backup');
    return read(db, { header, head: { size, rootHash, source: file }, ahead });
  } finally {
    db.close();
  }
}

function keyOf(file: string, { id, key }: BackupHeader, sealer: Sealer): Uint8Array {
  try {
    return sealer.open(SealedFor.backup, id, decodeBase64(key));
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'envelope_invalid')) throw error;
    throw wrongKey(file);
  }
}

const refused = (file: string, why: string): ControllerError =>
  new ControllerError('usage', `${file} ${why}`);
const wrongKey = (file: string): ControllerError =>
  refused(
    file,
    'does not open with the master key: point master_key_file at the key of the time of the backup',
  );
