// Replaces the master key. The database changes from the old key to the new one in one transaction, and the
// file follows:
//
//   1. FILE.next holds the new key, on disk.
//   2. Everything is sealed again, in one transaction, which notes the rotation for the log.
//   3. FILE is replaced by the new key; FILE.next is removed.
//
// A process that dies before 2 has changed nothing; one that dies after 2 is finished by the process that
// opens the database next and may read both files: the key that opens the database is the right one. A
// running controller does 2 in parts (judge/master-key-rotation.ts). While that is recorded, both keys open
// something, and the process that opens the database next seals the rest.

import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, unlinkSync } from 'node:fs';
import { SecretBytes } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import {
  MASTER_KEY_BYTES,
  type MasterKeyPlace,
  readKeyBefore,
  readKeyFile,
  sealerUnder,
  writeKeyFile,
} from '../trust/master-key.ts';
import { eitherOf } from '../trust/switchable-sealer.ts';
import { isMasterKeyRotating, noteRotatedAtRest } from './controller-facts-rows.ts';
import { opensDatabase, resealAll } from './reseal.ts';

export const nextKeyFile = (masterKeyFile: string): string => `${masterKeyFile}.next`;

/**
 * Ends a rotation that was interrupted. Does nothing without a FILE.next.
 *
 * @returns `finished` if the database had changed already; `undone` if it had not
 * @throws ControllerError `usage` if neither key opens the database: both files stay
 */
export function settleRotation(db: Database, place: MasterKeyPlace): 'finished' | 'undone' | undefined {
  const { master_key_file, master_key_pkcs11: token } = place;
  const nextFile = nextKeyFile(master_key_file);
  if (!existsSync(nextFile)) return undefined;
  using next = readKeyFile(nextFile, token);
  if (isMasterKeyRotating(db)) {
    using before = readKeyBefore(master_key_file, token);
    resealAll(db, eitherOf(sealerUnder(next), sealerUnder(before)), sealerUnder(next));
    putInPlace(place, next);
    return 'finished';
  }
  if (opensDatabase(db, sealerUnder(next))) {
    putInPlace(place, next);
    return 'finished';
  }
  using current = readKeyBefore(master_key_file, token);
  if (!opensDatabase(db, sealerUnder(current)))
    throw new ControllerError(
      'usage',
      `neither ${master_key_file} nor ${nextFile} opens ${db.name}: restore the key that was made with it`,
    );
  unlinkSync(nextFile);
  return 'undone';
}

/**
 * Makes a new key, seals everything with it and puts it in place of the old one. The caller holds the lock of
 * the data directory, so nobody else writes. The next start of a controller records it in the log.
 *
 * @returns how many values were sealed again
 * @throws HostError; ControllerError `usage`. Can be called again after any failure, after `settleRotation`
 */
export function rotateMasterKey(db: Database, place: MasterKeyPlace, nowMs: number): number {
  const { master_key_file, master_key_pkcs11: token } = place;
  using current = readKeyBefore(master_key_file, token);
  const from = sealerUnder(current);
  if (!opensDatabase(db, from))
    throw new ControllerError(
      'usage',
      `the master key ${master_key_file} does not open ${db.name}: point master_key_file at the one that was made with it`,
    );
  using next = SecretBytes.own(new Uint8Array(randomBytes(MASTER_KEY_BYTES)));
  writeKeyFile(nextKeyFile(master_key_file), next, token, { overwrite: false });
  const count = resealAll(db, from, sealerUnder(next), () => noteRotatedAtRest(db, nowMs));
  putInPlace(place, next);
  return count;
}

/** The key's file gets the key, and FILE.next is removed. */
export function putInPlace(
  { master_key_file, master_key_pkcs11: token }: MasterKeyPlace,
  key: SecretBytes,
): void {
  writeKeyFile(master_key_file, key, token);
  rmSync(nextKeyFile(master_key_file), { force: true });
}
