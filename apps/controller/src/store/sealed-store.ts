// The files of the master key, and what it seals in the database, for a rotation while the controller runs.

import { existsSync, rmSync } from 'node:fs';
import type { SecretBytes } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { type MasterKeyPlace, writeKeyFile } from '../trust/master-key.ts';
import { nextKeyFile, putInPlace } from './master-key-rotation.ts';
import { countSealed, resealInParts } from './reseal.ts';

/** The files of the keys, and what they seal. */
export interface SealedStore {
  /** Why this key cannot be replaced here; undefined if it can. */
  readonly refusal: string | undefined;
  /** Writes FILE.next; replaces one of a rotation that never began. @throws HostError, ControllerError */
  writeNext(key: SecretBytes): void;
  /** Removes FILE.next of a rotation that was refused. */
  dropNext(): void;
  /** FILE gets the key, and FILE.next is removed. @throws HostError, ControllerError */
  putInPlace(key: SecretBytes): void;
  countSealed(): number;
  /** Seals again, some values for each turn of the iterator, which gives their number. @throws HostError */
  sealAgain(from: Sealer, to: Sealer): Iterable<number>;
}

/** The rotation calls it only while no rotation is recorded, or for the key that it has made. */
export function sealedStoreOf(db: Database, place: MasterKeyPlace): SealedStore {
  const { master_key_file: file, master_key_env: variable, master_key_pkcs11: token } = place;
  return {
    refusal:
      variable === undefined
        ? undefined
        : `the master key is in the variable ${variable}, which the controller cannot change: put it into a file first`,
    writeNext: (key) => {
      // Left by a rotation that was never recorded: it opens nothing.
      if (existsSync(nextKeyFile(file))) rmSync(nextKeyFile(file));
      writeKeyFile(nextKeyFile(file), key, token, { overwrite: false });
    },
    dropNext: () => rmSync(nextKeyFile(file), { force: true }),
    putInPlace: (key) => putInPlace(place, key),
    countSealed: () => countSealed(db),
    sealAgain: (from, to) => resealInParts(db, from, to),
  };
}
