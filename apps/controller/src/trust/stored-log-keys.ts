// Where the keys that sign the log's heads are in the database, sealed under the master key.

import { randomBytes } from 'node:crypto';
import type { LogKeyPair, LogKeyState, NextLogKeys } from '@mesh/membership';
import { concatBytes, wipe } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { SealedFor, type Sealer } from './at-rest-sealer.ts';
import { logKeyName, SEED_LENGTH_BYTES, signingPairOf } from './log-key-pair.ts';
import { LogKeys } from './log-keys.ts';
import { hasSecret, openSecret } from './sealed-secrets.ts';

/**
 * The names of the first pair in `sealed_secrets`. The first holds PKCS #8, as `createControllerKeys` makes
 * it; the second a seed.
 */
const ED25519 = 'log';
const ML_DSA_44 = 'log-ml-dsa-44';

interface LogKeyRow {
  readonly publicKey: string;
  readonly verifierKeys: string;
  readonly state: 'present' | 'next' | 'ended';
  readonly sealedSeeds: Uint8Array | null;
}

export function readLogKeys(db: Database): LogKeyState {
  const rows = db
    .prepare(
      `SELECT public_key AS publicKey, verifier_keys AS verifierKeys, state, sealed AS sealedSeeds
       FROM log_keys LEFT JOIN sealed_secrets ON name = 'log-' || public_key ORDER BY position`,
    )
    .all() as LogKeyRow[];
  const those = (state: LogKeyRow['state']) => rows.filter((row) => row.state === state);
  const pairOf = ({ publicKey, verifierKeys }: LogKeyRow): LogKeyPair => ({
    publicKey,
    verifierKeys: verifierKeys.split('\n'),
  });
  return {
    present: those('present').map(pairOf)[0],
    next: those('next').map((row) => ({ ...pairOf(row), sealedSeeds: row.sealedSeeds }) as NextLogKeys)[0],
    ended: those('ended').map(pairOf),
  };
}

/** The names of a pair's rows in `sealed_secrets`. */
export function storedLogKeyNames(db: Database, publicKey: string): readonly string[] {
  const name = logKeyName(publicKey);
  return hasSecret(db, name) ? [name] : [ED25519, ML_DSA_44];
}

/**
 * Opens the keys of the log. The first one for ML-DSA-44 is made and stored if it is not there: databases of
 * earlier versions have none.
 *
 * @param origin the log's name; see `logOrigin`
 * @throws ControllerError `usage` as `openSecret` does
 */
export function openLogKeys(db: Database, sealer: Sealer, origin: string): LogKeys {
  const { present, next, ended } = readLogKeys(db);
  const open = (publicKey: string) => opened(origin, openSecret(db, sealer, logKeyName(publicKey)));
  const isFirst = present === undefined || !hasSecret(db, logKeyName(present.publicKey));
  return new LogKeys(origin, isFirst ? opened(origin, openFirstSeeds(db, sealer)) : open(present.publicKey), {
    next: next && open(next.publicKey),
    ended,
  });
}

/** @param seeds are zeroed */
function opened(origin: string, seeds: Uint8Array) {
  try {
    return signingPairOf(origin, seeds);
  } finally {
    wipe(seeds);
  }
}

function openFirstSeeds(db: Database, sealer: Sealer): Uint8Array {
  storeSeed(db, sealer);
  const pkcs8 = openSecret(db, sealer, ED25519);
  const seed = openSecret(db, sealer, ML_DSA_44);
  try {
    // RFC 8410, section 7: the private key is the end of the encoding.
    return concatBytes(pkcs8.subarray(-SEED_LENGTH_BYTES), seed);
  } finally {
    wipe(pkcs8);
    wipe(seed);
  }
}

function storeSeed(db: Database, sealer: Sealer): void {
  if (hasSecret(db, ML_DSA_44)) return;
  const seed = randomBytes(SEED_LENGTH_BYTES);
  const sealed = sealer.seal(SealedFor.controllerKey, ML_DSA_44, seed);
  wipe(seed);
  db.prepare('INSERT INTO sealed_secrets (name, sealed) VALUES (?, ?)').run(ML_DSA_44, sealed);
}
