// The controller's private keys in the database, each sealed under the master key for its name.

import { HostError } from '@mesh/host';
import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import { SealedFor, type Sealer } from './at-rest-sealer.ts';

export function hasSecret(db: Database, name: string): boolean {
  return db.prepare('SELECT 1 FROM sealed_secrets WHERE name = ?').get(name) !== undefined;
}

/**
 * Opens a key. The caller wipes it.
 *
 * @throws ControllerError `usage`: the key is missing, or the master key is not the one that sealed it
 */
export function openSecret(db: Database, sealer: Sealer, name: string): Uint8Array {
  const sealed = db.prepare('SELECT sealed FROM sealed_secrets WHERE name = ?').pluck().get(name) as
    | Uint8Array
    | undefined;
  if (sealed === undefined)
    throw new ControllerError(
      'usage',
      `the controller's ${name} key is missing from ${db.name}: restore a backup`,
    );
  try {
    return sealer.open(SealedFor.controllerKey, name, sealed);
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'envelope_invalid')) throw error;
    throw new ControllerError(
      'usage',
      `the master key does not open ${db.name}: point master_key_file at the one that was made with it; if a rotation was interrupted, run mesh-controller rotate-master-key again`,
      { cause: error },
    );
  }
}
