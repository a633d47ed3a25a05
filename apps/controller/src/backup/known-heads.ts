// The heads of the log that are known outside a backup: that of the present database, and checkpoints that
// were kept elsewhere.

import { existsSync, readFileSync } from 'node:fs';
import { AuditError, parseVerifierKey, type VerifierKey } from '@mesh/audit';
import type { OfficerSet, RestoredBackup } from '@mesh/membership';
import { encodeBase64 } from '@mesh/primitives';
import { ControllerError } from '../errors/controller-error.ts';
import { checkTree, type KnownHead } from '../store/check-tree.ts';
import { readRetired } from '../store/exam-rows.ts';
import { nameLogFolder } from '../store/moved-tiles.ts';
import { readOfficers } from '../store/officer-rows.ts';
import { openAsOneFile } from '../store/open-beside.ts';
import { type HeadTrust, openHead } from '../trust/head-trust.ts';
import { readLogKeys } from '../trust/stored-log-keys.ts';

/**
 * Reads checkpoints (C2SP tlog-checkpoint).
 *
 * @throws ControllerError `usage` if one cannot be read, or is signed by no key of the log and cosigned by no
 *   witness
 */
export function readCheckpoints(paths: readonly string[], trust: HeadTrust): KnownHead[] {
  return paths.map((path) => {
    try {
      const { size, root } = openHead(readFileSync(path, 'utf8'), trust);
      return { size, rootHash: encodeBase64(root), source: path };
    } catch (error) {
      const why = error instanceof AuditError ? error.message : 'it cannot be read';
      throw new ControllerError(
        'usage',
        `${path} is no checkpoint of this log (${why}): name the right file`,
        {
          cause: error,
        },
      );
    }
  });
}

/**
 * The keys that have signed the log by what the database says that a backup is to replace: it may know newer
 * ones than the backup. None if it cannot be read.
 */
export function readPresentLogKeys(path: string): VerifierKey[] {
  if (!existsSync(path)) return [];
  try {
    const db = openAsOneFile(path);
    try {
      const { present, next, ended } = readLogKeys(db);
      return [present, next, ...ended].flatMap((pair) => pair?.verifierKeys ?? []).map(parseVerifierKey);
    } finally {
      db.close();
    }
  } catch {
    return [];
  }
}

export type PresentDatabase =
  | { readonly kind: 'none' }
  /** It cannot be read to its end. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'readable';
      readonly head: KnownHead;
      /** Whether its log begins with the log of the backup. */
      readonly continuesBackup: boolean;
      readonly officers: OfficerSet | undefined;
      /** The items of its pools that are drawn no more, and may have been opened. */
      readonly retired: RestoredBackup['retired'];
    };

/** Reads the database that a backup is to replace. Nobody else uses it. */
export function readPresent(path: string, backup: KnownHead, logFolder: string | undefined): PresentDatabase {
  if (!existsSync(path)) return { kind: 'none' };
  try {
    const db = openAsOneFile(path);
    try {
      nameLogFolder(db, logFolder);
      const { size, rootHash, faults } = checkTree(db, { known: [backup] });
      return {
        kind: 'readable',
        head: { size, rootHash, source: path },
        continuesBackup: faults.length === 0,
        officers: readOfficers(db).officers,
        retired: readRetired(db),
      };
    } finally {
      db.close();
    }
  } catch (error) {
    return { kind: 'unreadable', why: error instanceof Error ? error.message : 'unknown error' };
  }
}
