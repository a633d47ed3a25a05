// Where a controller's files are, and how its database and the sealing of its secrets are opened.

import { join } from 'node:path';
import { createEnvelopeSealer, openSqlite, readSecretFile } from '@mesh/host';
import type { Database } from 'better-sqlite3';
import type { ControllerConfig } from '../config.ts';
import { migrations } from './migrations/index.ts';
import type { Sealer } from './sealer.ts';

export const pathsOf = (config: ControllerConfig) => ({
  database: join(config.data_dir, 'controller.db'),
  lock: join(config.data_dir, 'controller.lock'),
  status: join(config.data_dir, 'status.json'),
  socket: join(config.data_dir, 'admin.sock'),
});

/** Opens the database of a configuration. The caller closes it. */
export function openDatabase(config: ControllerConfig): Database {
  return openSqlite(pathsOf(config).database, { migrations });
}

/** The same for one that is to serve: also while it can only be read. It waits for no lock. */
export function openServedDatabase(config: ControllerConfig): Database {
  return openSqlite(pathsOf(config).database, { migrations, openTimeoutMs: 0, openUnwritable: true });
}

/** Sealing under the master key file. */
export function openSealer(config: ControllerConfig): Sealer {
  const envelopes = createEnvelopeSealer(readSecretFile(config.master_key_file));
  return {
    seal: (purpose, subject, plaintext) => envelopes.seal({ purpose, aad: subject }, plaintext),
    open: (purpose, subject, sealed) => envelopes.open({ purpose, aad: subject }, sealed),
  };
}
