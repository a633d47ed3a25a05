// Which keys the heads in this database were cosigned with. Database and keys belong together: a witness that
// keeps its keys and forgets its heads could be made to sign a fork.

import type { Database } from 'better-sqlite3';
import { WitnessError } from '../errors/witness-error.ts';

/** @returns undefined before `init` */
export function storedVerifierKeys(db: Database): readonly string[] | undefined {
  const row = db.prepare<[], { verifier_keys: string }>('SELECT verifier_keys FROM identity').get();
  return row?.verifier_keys.split('\n');
}

export function hasHeads(db: Database): boolean {
  return db.prepare('SELECT 1 FROM heads').get() !== undefined;
}

export function storeVerifierKeys(db: Database, keys: readonly string[]): void {
  db.prepare('INSERT OR REPLACE INTO identity (only, verifier_keys) VALUES (1, ?)').run(keys.join('\n'));
}

/** @throws WitnessError `usage` unless the heads were cosigned with these keys */
export function checkIdentity(db: Database, keys: readonly string[]): void {
  const stored = storedVerifierKeys(db);
  if (stored === undefined)
    throw new WitnessError(
      'usage',
      `${db.name} does not know the keys beside it: restore the database that belongs to them, as it was last; ` +
        'if it is lost, remove witness.key and run mesh-witness init with another name, since a witness that has forgotten a head may sign a fork',
    );
  if (stored.join('\n') !== keys.join('\n'))
    throw new WitnessError(
      'usage',
      `${db.name} belongs to the keys of ${stored[0]?.split('+', 1)[0]}: set that name and restore its witness.key, or give this witness a data_dir of its own`,
    );
}
