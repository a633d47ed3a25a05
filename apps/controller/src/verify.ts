// `mesh-controller verify`: the whole database of a controller, which may run meanwhile.

import { defined } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { readCheckpoints } from './backup/known-heads.ts';
import { ControllerError } from './errors/controller-error.ts';
import { readKeptHead } from './publish/kept-head.ts';
import { askForHeads, type WitnessHeads } from './publish/witness-heads.ts';
import type { ControllerConfig } from './settings/config.ts';
import { pathsOf } from './settings/paths.ts';
import type { KnownHead } from './store/check-tree.ts';
import { migrations } from './store/migrations/index.ts';
import { nameLogFolder } from './store/moved-tiles.ts';
import { openToRead } from './store/open-beside.ts';
import { openSealer } from './store/open-store.ts';
import { opensDatabase } from './store/reseal.ts';
import { type Verification, type VerifyOptions, verifyDatabase } from './store/verify/verify-database.ts';
import type { Sealer } from './trust/at-rest-sealer.ts';
import { type HeadTrust, headTrustOf } from './trust/head-trust.ts';

export interface ComparedVerification extends Verification {
  /** The signed and cosigned heads that the log was compared with, beside those in its own tables. */
  readonly comparedWith: readonly string[];
}

/**
 * @param checkpoints files of checkpoints that were seen
 * @param asked what witnesses have shown; see `askWitnessesOf`
 * @throws ControllerError `usage` if the database cannot be opened, is of another version, the master key
 *   does not open it, or a file is no checkpoint of this log; HostError
 */
export function verifyDatabaseOf(
  config: ControllerConfig,
  checkpoints: readonly string[],
  onProgress?: VerifyOptions['onProgress'],
  asked: readonly KnownHead[] = [],
): ComparedVerification {
  return withDatabase(config, (db, sealer) => {
    const found = findHeads(db, sealer, config, checkpoints);
    const known = [...found.heads, ...asked];
    const done = verifyDatabase(db, { sealer, known, ...defined({ onProgress }) });
    return {
      ...done,
      faults: [...found.faults, ...done.faults],
      comparedWith: known.map(({ size, source }) => `the head of ${size} entries of ${source}`),
    };
  });
}

/** Asks the witnesses for the newest heads that they have cosigned. @throws as `verifyDatabaseOf` does */
export async function askWitnessesOf(config: ControllerConfig): Promise<WitnessHeads> {
  const trust = withDatabase(config, (db, sealer) => headTrustOf(db, sealer, config));
  return askForHeads(trust, fetch);
}

interface FoundHeads {
  readonly heads: readonly KnownHead[];
  readonly faults: readonly string[];
}

/** Where the keys of the log cannot be read, that is a fault, and the rest of the database is looked at. */
function findHeads(
  db: Database,
  sealer: Sealer,
  config: ControllerConfig,
  checkpoints: readonly string[],
): FoundHeads {
  let trust: HeadTrust;
  let kept: ReturnType<typeof readKeptHead>;
  try {
    trust = headTrustOf(db, sealer, config);
    kept = readKeptHead(db, trust, config.log.required_cosignatures);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    return { heads: [], faults: [`the log: its keys and its kept head cannot be read (${why})`] };
  }
  const files = readCheckpoints(checkpoints, trust);
  return {
    heads: [...(kept.head === undefined ? [] : [kept.head]), ...files],
    faults: kept.fault === undefined ? [] : [`the log: ${kept.fault}`],
  };
}

function withDatabase<T>(config: ControllerConfig, use: (db: Database, sealer: Sealer) => T): T {
  const { database } = pathsOf(config);
  const sealer = openSealer(config);
  const db = openKnown(database);
  nameLogFolder(db, config.log.folder);
  try {
    if (!opensDatabase(db, sealer))
      throw new ControllerError(
        'usage',
        `the master key does not open ${database}: point master_key_file at the one that was made with it`,
      );
    return use(db, sealer);
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
