// `mesh-controller init`: makes the master key, the database and the controller's keys. It may be run again
// at any time, even after it was interrupted.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Clock, spkiPin, tryFileLock } from '@mesh/host';
import { SecretBytes } from '@mesh/primitives';
import { ControllerError } from './errors/controller-error.ts';
import type { ControllerConfig } from './settings/config.ts';
import { pathsOf } from './settings/paths.ts';
import { openDatabase, openSealer, openSettledSealer } from './store/open-store.ts';
import { noteEarlierStateEntries } from './store/state-entries.ts';
import { createControllerKeys, openControllerKeys } from './trust/controller-keys.ts';
import { logOrigin } from './trust/log-origin.ts';
import { describePlace, MASTER_KEY_BYTES, writeKeyFile } from './trust/master-key.ts';
import { openLogKeys } from './trust/stored-log-keys.ts';

export interface Initialised {
  readonly database: string;
  /** The file, or the name of the variable. */
  readonly masterKeyFile: string;
  readonly masterKeyCreated: boolean;
  readonly caPin: string;
}

/** @throws HostError; ControllerError `usage` if existing files do not fit together */
export async function initController(config: ControllerConfig, clock: Clock): Promise<Initialised> {
  const masterKeyFile = config.master_key_file;
  const masterKeyCreated = config.master_key_env === undefined && !existsSync(masterKeyFile);
  if (masterKeyCreated && existsSync(pathsOf(config).database)) {
    const db = openDatabase(config);
    const keyed = db.prepare('SELECT 1 FROM sealed_secrets').get() !== undefined;
    db.close();
    if (keyed)
      throw new ControllerError(
        'usage',
        `the database exists, its master key ${masterKeyFile} does not: restore the key, or point master_key_file at it`,
      );
  }
  if (masterKeyCreated) {
    using key = SecretBytes.own(new Uint8Array(randomBytes(MASTER_KEY_BYTES)));
    writeKeyFile(masterKeyFile, key, config.master_key_pkcs11, { overwrite: false });
  }
  const db = openDatabase(config);
  try {
    // A controller that runs may be sealing everything again: that is not ended under its hands.
    using lock = tryFileLock(pathsOf(config).lock);
    const sealer = lock === undefined ? openSealer(config) : openSettledSealer(db, config);
    await createControllerKeys(db, sealer, config.mesh_id, clock.nowMs());
    const keys = await openControllerKeys(db, sealer, config.mesh_id);
    openLogKeys(db, sealer, logOrigin(db, config));
    // So that no start has to write it, as one on a full disk.
    noteEarlierStateEntries(db);
    return {
      database: pathsOf(config).database,
      masterKeyFile: describePlace(config),
      masterKeyCreated,
      caPin: spkiPin(keys.authority.certificatePem),
    };
  } finally {
    db.close();
  }
}
