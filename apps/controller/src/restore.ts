// `mesh-controller restore FILE`: puts a backup in the place of the database of a controller that is not
// running.

import type { Clock } from '@mesh/host';
import type { OfficerSet, RestoredBackup } from '@mesh/membership';
import { encodeBase64, type MeshId, parseMeshId } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import {
  type PresentDatabase,
  readCheckpoints,
  readPresent,
  readPresentLogKeys,
} from './backup/known-heads.ts';
import { type StagedBackup, stageBackup } from './backup/open-backup.ts';
import { putInPlace } from './backup/put-in-place.ts';
import { checkRestoreRequest, hasRestoreRequest, writeRestoreRequest } from './backup/restore-request.ts';
import { ControllerError } from './errors/controller-error.ts';
import { lockDataDir } from './lock-data-dir.ts';
import { readFolderCheckpoint } from './publish/read-folder-checkpoint.ts';
import { askForHeads } from './publish/witness-heads.ts';
import type { ControllerConfig } from './settings/config.ts';
import { configuredOfficers } from './settings/configured-officers.ts';
import { pathsOf } from './settings/paths.ts';
import { checkTree, type KnownHead } from './store/check-tree.ts';
import { noteRestored } from './store/controller-facts-rows.ts';
import { readOfficers } from './store/officer-rows.ts';
import { openSealer } from './store/open-store.ts';
import { removeDatabase } from './store/remove-database.ts';
import { type HeadTrust, headTrustOf, keysOfHeads } from './trust/head-trust.ts';

export interface RestoreOptions {
  readonly file: string;
  /** Files of checkpoints that were seen. */
  readonly checkpoints: readonly string[];
  /** The request of officers; it is written if it is not there. */
  readonly requestFile?: string | undefined;
  /** How many entries may be lost, where there are no officers. */
  readonly lose?: number | undefined;
  /** The URLs of witnesses without whose head the backup may be restored. */
  readonly withoutWitnesses?: readonly string[] | undefined;
}

export interface Restored {
  readonly database: string;
  readonly madeAt: string;
  readonly logSize: number;
  readonly rootHash: string;
  /** Entries that were known to come after the backup. */
  readonly lostEntries: number;
  /** The officers who signed for that. */
  readonly signedBy: readonly string[];
  /** The database before; null if there was none. */
  readonly kept: string | null;
  /** The heads outside the databases that the backup was compared with. */
  readonly comparedWith: readonly string[];
  /** What could not be compared. */
  readonly notCompared: readonly string[];
}

/**
 * @throws ControllerError `already_running` while a controller runs; `usage` if the backup is not fit, goes
 *   back behind what is known, or a witness has shown no head, and nobody has allowed that; HostError.
 *   Nothing has changed then
 */
export async function restoreBackup(
  config: ControllerConfig,
  options: RestoreOptions,
  clock: Clock,
): Promise<Restored> {
  using _lock = lockDataDir(config, 'a backup is restored while the controller is down');
  const { database } = pathsOf(config);
  const staged = `${database}.restoring`;
  const meshId = parseMeshId(config.mesh_id);
  const sealer = openSealer(config);
  let seen: SeenHeads = { heads: [], notCompared: [] };
  const findHeads = async (db: Database): Promise<readonly KnownHead[]> => {
    const trust = headTrustOf(db, sealer, config);
    const logKeys = [...trust.logKeys, ...readPresentLogKeys(database)];
    seen = await findSeenHeads({ ...trust, logKeys }, config, options);
    return seen.heads;
  };
  try {
    const { backup, present, lost, officers } = await stageBackup(
      options.file,
      staged,
      { meshId, sealer, findHeads, logFolder: config.log.folder },
      (db, opened) => {
        const compared = compare(db, opened, readPresent(database, opened.head, config.log.folder), config);
        noteRestored(db, restoredOf(compared));
        return compared;
      },
    );
    const signedBy =
      lost === 0 ? [] : authorise({ meshId, backup, lost, officers, options, nowMs: clock.nowMs() });
    const kept = `${database}.before-${new Date(clock.nowMs()).toISOString().replaceAll(/[^0-9TZ]/g, '')}`;
    putInPlace(staged, database, kept);
    return {
      database,
      madeAt: backup.header.made_at,
      logSize: backup.head.size,
      rootHash: backup.head.rootHash,
      lostEntries: lost,
      signedBy,
      kept: present.kind === 'none' ? null : kept,
      comparedWith: seen.heads.map(({ size, source }) => `the head of ${size} entries of ${source}`),
      notCompared: [
        ...seen.notCompared,
        ...(present.kind === 'unreadable'
          ? [
              `the present database cannot be read (${present.why}), so what came after the backup is not known from it`,
            ]
          : []),
      ],
    };
  } finally {
    removeDatabase(staged);
  }
}

interface SeenHeads {
  readonly heads: readonly KnownHead[];
  readonly notCompared: readonly string[];
}

/** What witnesses, the folder of the published log and the operator's files say. */
async function findSeenHeads(
  trust: HeadTrust,
  { log }: ControllerConfig,
  { checkpoints, withoutWitnesses = [] }: RestoreOptions,
): Promise<SeenHeads> {
  for (const url of withoutWitnesses)
    if (!trust.witnesses.some((witness) => witness.url === url))
      throw new ControllerError('usage', `${url} is no witness: name it as log.witnesses does`);
  const files = readCheckpoints(checkpoints, trust);
  const folder = log.folder && readFolderHead(log.folder, trust);
  const { heads, silent } = await askForHeads(trust, fetch);
  const missing = silent.filter(({ url }) => !withoutWitnesses.includes(url));
  if (missing.length > 0)
    throw new ControllerError(
      'usage',
      `what came after the backup is not known from ${missing.map(({ url, why }) => `${url} (${why})`).join(' and ')}: make it reachable, or, if you know otherwise that nothing is undone, run this again with ${missing.map(({ url }) => `--without-witness ${url}`).join(' ')}`,
    );
  return {
    heads: [...files, ...(folder ? [folder] : []), ...heads],
    notCompared: silent.map(({ url, why }) => `the witness ${url} has shown no head: ${why}`),
  };
}

function readFolderHead(folder: string, trust: HeadTrust): KnownHead | undefined {
  const head = readFolderCheckpoint(folder, { origin: trust.origin, everyKey: keysOfHeads(trust) });
  return (
    head && {
      size: head.size,
      rootHash: encodeBase64(head.root),
      source: `the checkpoint in ${folder}`,
    }
  );
}

/** What the next start has to know of this. */
function restoredOf({ backup, present, lost }: Compared): RestoredBackup {
  const retired = present.kind === 'readable' ? present.retired : [];
  return { backupId: backup.header.id, lostEntries: lost, retired };
}

interface Compared {
  readonly backup: StagedBackup;
  readonly present: PresentDatabase;
  /** How many entries that are known the backup does not have. */
  readonly lost: number;
  /** Undefined: there are none, also not in the configuration. */
  readonly officers: OfficerSet | undefined;
}

function compare(
  db: Database,
  backup: StagedBackup,
  present: PresentDatabase,
  config: ControllerConfig,
): Compared {
  const { size } = backup.head;
  const beyond = backup.ahead.map((head) => head.size - size);
  if (present.kind === 'readable') {
    const isOfOneHistory =
      present.continuesBackup && checkTree(db, { known: [present.head] }).faults.length === 0;
    // Of another history, everything is lost.
    beyond.push(isOfOneHistory ? present.head.size - size : present.head.size);
  }
  const configured = configuredOfficers(config);
  const officers =
    (present.kind === 'readable' ? present.officers : undefined) ??
    readOfficers(db).officers ??
    (configured.officers.length > 0 ? configured : undefined);
  return { backup, present, lost: Math.max(0, ...beyond), officers };
}

interface Asked {
  readonly meshId: MeshId;
  readonly backup: StagedBackup;
  readonly lost: number;
  readonly officers: OfficerSet | undefined;
  readonly options: RestoreOptions;
  readonly nowMs: number;
}

/** @returns the officers who have signed */
function authorise({ meshId, backup, lost, officers, options, nowMs }: Asked): string[] {
  const { header, head } = backup;
  const what = `${options.file} ends at ${head.size} log entries, and ${lost} that are known come after it`;
  if (officers === undefined) {
    if (options.lose === lost) return [];
    throw new ControllerError(
      'usage',
      `${what}: revocations and everything else in them would be lost; to lose them, run this again with --lose ${lost}`,
    );
  }
  const { requestFile } = options;
  if (requestFile === undefined)
    throw new ControllerError(
      'usage',
      `${what}: ${officers.required} officers have to sign for that; run this again with --request FILE, which writes what they sign`,
    );
  const parameters = {
    backup_id: header.id,
    log_size: head.size,
    root_hash: head.rootHash,
    lost_entries: lost,
  };
  const asked = { meshId, parameters, officers, nowMs };
  if (hasRestoreRequest(requestFile)) return checkRestoreRequest(requestFile, asked);
  writeRestoreRequest(requestFile, asked);
  throw new ControllerError(
    'usage',
    `${what}: let ${officers.required} officers sign ${requestFile} (meshctl request sign ${requestFile} --key KEY), then run this again`,
  );
}
