// `mesh-witness init`: makes the database and the keys. It may be run again at any time, even after it was
// interrupted.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openSqlite, writeSecretFile } from '@mesh/host';
import { WitnessError } from './errors/witness-error.ts';
import {
  readWitnessKeys,
  SEEDS_LENGTH_BYTES,
  verifierKeysOf,
  witnessKeysFrom,
} from './identity/witness-keys.ts';
import { pathsOf, type WitnessConfig } from './settings/config.ts';
import { checkIdentity, hasHeads, storeVerifierKeys } from './store/identity-row.ts';
import { migrations } from './store/migrations.ts';

export interface Initialised {
  readonly database: string;
  readonly keyFile: string;
  readonly keysCreated: boolean;
  /** Ed25519 and ML-DSA-44, as logs and verifiers are configured with them. */
  readonly verifierKeys: readonly string[];
}

/** @throws HostError; WitnessError `usage` if existing files do not fit together */
export function initWitness(config: WitnessConfig): Initialised {
  const { database, keys: keyFile } = pathsOf(config);
  const db = openSqlite(database, { migrations });
  try {
    const keysCreated = !existsSync(keyFile);
    if (keysCreated && hasHeads(db))
      throw new WitnessError('usage', `${database} has heads, and their keys are gone: restore ${keyFile}`);
    if (keysCreated) {
      const seeds = randomBytes(SEEDS_LENGTH_BYTES);
      try {
        // The database comes first: keys that it does not know are refused.
        storeVerifierKeys(db, verifierKeysOf(witnessKeysFrom(config.name, seeds)));
        writeSecretFile(keyFile, seeds, { overwrite: false });
      } finally {
        seeds.fill(0);
      }
    }
    const verifierKeys = verifierKeysOf(readWitnessKeys(keyFile, config.name));
    checkIdentity(db, verifierKeys);
    return { database, keyFile, keysCreated, verifierKeys };
  } finally {
    db.close();
  }
}
