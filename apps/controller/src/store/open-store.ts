// Opens the controller's database and the sealer of its secrets.

import { createEnvelopeSealer, HostError, openSqlite, readSecretFile } from '@mesh/host';
import type { SecretBytes } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import type { ControllerConfig } from '../settings/config.ts';
import { pathsOf } from '../settings/paths.ts';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { migrations } from './migrations/index.ts';

const MASTER_KEY_BYTES = 32;

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
 * Opens the sealer with the key of the master key file.
 *
 * @throws HostError `file_unsafe`, `file_io`; ControllerError `usage`
 */
export function openSealer(config: ControllerConfig): Sealer {
  const envelopes = createEnvelopeSealer(readMasterKey(config.master_key_file));
  return {
    seal: (purpose, subject, plaintext) => envelopes.seal({ purpose, aad: subject }, plaintext),
    open: (purpose, subject, sealed) => envelopes.open({ purpose, aad: subject }, sealed),
  };
}

function readMasterKey(path: string): SecretBytes {
  let key: SecretBytes;
  try {
    key = readSecretFile(path);
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'file_missing')) throw error;
    throw new ControllerError(
      'usage',
      `the master key ${path} does not exist: run mesh-controller init, or point master_key_file at it`,
      { cause: error },
    );
  }
  if (key.lengthBytes === MASTER_KEY_BYTES) return key;
  const { lengthBytes } = key;
  key.dispose();
  throw new ControllerError(
    'usage',
    `${path} has ${lengthBytes} bytes and is no master key, which has ${MASTER_KEY_BYTES}: point master_key_file at the right file`,
  );
}
