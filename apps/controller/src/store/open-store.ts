// Opens the controller's database and the sealer of its secrets.

import { existsSync } from 'node:fs';
import { openSqlite } from '@mesh/host';
import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import type { ControllerConfig } from '../settings/config.ts';
import { pathsOf } from '../settings/paths.ts';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { readKeyFile, readMasterKey, sealerUnder } from '../trust/master-key.ts';
import { eitherOf } from '../trust/switchable-sealer.ts';
import { isMasterKeyRotating } from './controller-facts-rows.ts';
import { nextKeyFile, settleRotation } from './master-key-rotation.ts';
import { migrations } from './migrations/index.ts';

/** Opens the database of a configuration. The caller closes it. */
export function openDatabase(config: ControllerConfig): Database {
  return openSqlite(pathsOf(config).database, { migrations });
}

/**
 * Opens the database for a controller that serves, even if it can only be read. Does not wait for locks. The
 * caller closes it.
 */
export function openServedDatabase(config: ControllerConfig): Database {
  return openSqlite(pathsOf(config).database, { migrations, openTimeoutMs: 0, openUnwritable: true });
}

/**
 * Opens the sealer with the master key. While a controller seals everything again, it opens what either key
 * sealed.
 *
 * @throws HostError `file_unsafe`, `file_io`; ControllerError `usage`
 */
export function openSealer(config: ControllerConfig): Sealer {
  const present = sealerUnder(readMasterKey(config));
  const nextFile = nextKeyFile(config.master_key_file);
  if (config.master_key_env !== undefined || !existsSync(nextFile)) return present;
  return eitherOf(sealerUnder(readKeyFile(nextFile, config.master_key_pkcs11)), present);
}

/**
 * Opens the sealer of an open database, after it has ended a rotation of the master key that was interrupted.
 *
 * @throws as {@link openSealer}; ControllerError `usage` if no key there opens the database
 */
export function openSettledSealer(db: Database, config: ControllerConfig): Sealer {
  if (config.master_key_env === undefined) settleRotation(db, config);
  else if (isMasterKeyRotating(db))
    throw new ControllerError(
      'usage',
      `the master key of ${db.name} is being replaced in a file: leave master_key_env out for one start, which ends that`,
    );
  return openSealer(config);
}
