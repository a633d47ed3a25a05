// The heads of the log that are known outside a backup: that of the present database, and checkpoints that
// were kept elsewhere.

import { existsSync, readFileSync } from 'node:fs';
import { AuditError, parseCheckpoint, parseNote } from '@mesh/audit';
import type { OfficerSet, RestoredBackup } from '@mesh/membership';
import { encodeBase64 } from '@mesh/primitives';
import { ControllerError } from '../errors/controller-error.ts';
import { checkTree, type KnownHead } from '../store/check-tree.ts';
import { readRetired } from '../store/exam-rows.ts';
import { nameLogFolder } from '../store/moved-tiles.ts';
import { readOfficers } from '../store/officer-rows.ts';
import { openAsOneFile } from '../store/open-beside.ts';

/**
 * Reads checkpoints (C2SP tlog-checkpoint). Whether their signatures hold is not looked at: the operator
 * names the files, and a wrong one can only make a restore stricter.
 *
 * @throws ControllerError `usage` if one cannot be read
 */
export function readCheckpoints(paths: readonly string[]): KnownHead[] {
  return paths.map((path) => {
    try {
      const { size, root } = parseCheckpoint(parseNote(readFileSync(path, 'utf8')).text);
      return { size, rootHash: encodeBase64(root), source: path };
    } catch (error) {
      const why = error instanceof AuditError ? error.message : 'it cannot be read';
      throw new ControllerError('usage', `${path} is no checkpoint (${why}): name the right file`, {
        cause: error,
      });
    }
  });
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
