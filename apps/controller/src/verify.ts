// `mesh-controller verify`: the whole database of a controller, which may run meanwhile.

import { defined } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { readCheckpoints } from './backup/known-heads.ts';
import { ControllerError } from './errors/controller-error.ts';
import type { ControllerConfig } from './settings/config.ts';
import { pathsOf } from './settings/paths.ts';
import { migrations } from './store/migrations/index.ts';
import { nameLogFolder } from './store/moved-tiles.ts';
import { openToRead } from './store/open-beside.ts';
import { openSealer } from './store/open-store.ts';
import { opensDatabase } from './store/reseal.ts';
import { type Verification, type VerifyOptions, verifyDatabase } from './store/verify/verify-database.ts';

/**
 * @param checkpoints files of checkpoints that were seen
 * @throws ControllerError `usage` if the database cannot be opened, is of another version, or the master key
 *   does not open it; HostError
 */
export function verifyDatabaseOf(
  config: ControllerConfig,
  checkpoints: readonly string[],
  onProgress?: VerifyOptions['onProgress'],
): Verification {
  const { database } = pathsOf(config);
  const known = readCheckpoints(checkpoints);
  const sealer = openSealer(config);
  const db = openKnown(database);
  nameLogFolder(db, config.log.folder);
  try {
    if (!opensDatabase(db, sealer))
      throw new ControllerError(
        'usage',
        `the master key does not open ${database}: point master_key_file at the one that was made with it`,
      );
    return verifyDatabase(db, { sealer, known, ...defined({ onProgress }) });
  } finally {
    db.close();
  }
}

function openKnown(path: string): Database {
  let db: Database | undefined;
  try {
    db = openToRead(path);
    const applied = db.prepare('SELECT id FROM schema_migrations ORDER BY position').pluck().all();
    if (JSON.stringify(applied) === JSON.stringify(migrations.map(({ id }) => id))) return db;
  } catch (error) {
    db?.close();
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new ControllerError(
      'usage',
      `${path} cannot be opened (${why}): restore a backup, or point data_dir at the right directory`,
      { cause: error },
    );
  }
  db.close();
  throw new ControllerError(
    'usage',
    `${path} is of another version of this program: verify it with that one, or start this one first, which migrates it`,
  );
}
