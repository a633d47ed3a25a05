// The keys that sign the heads of the log, and nothing else: Ed25519, which every reader of logs knows, and
// ML-DSA-44 for the time when Ed25519 no longer convinces. They are in the database, sealed under the master
// key.

import { randomBytes } from 'node:crypto';
import {
  ed25519SigningKey,
  mlDsa44SigningKey,
  renderNote,
  renderVerifierKey,
  type SigningKey,
  signCheckpoint,
  type VerifierKey,
} from '@mesh/audit';
import { wipe } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import { SealedFor, type Sealer } from './at-rest-sealer.ts';

/**
 * Names in `sealed_secrets`. The first holds PKCS #8, as `createControllerKeys` makes it; the second a seed.
 */
const ED25519 = 'log';
const ML_DSA_44 = 'log-ml-dsa-44';
const SEED_LENGTH_BYTES = 32;

export interface LogKeys {
  /** The log's name: the first line of its checkpoints, and the name of the keys. */
  readonly origin: string;
  readonly keys: readonly VerifierKey[];
  /** The texts of the keys, as witnesses and monitors are configured with them: Ed25519 first. */
  readonly verifierKeys: readonly string[];
  /**
   * The signed note of a checkpoint. Deterministic: the same text and time give the same note.
   *
   * @param text of the checkpoint
   * @param timeSeconds since 1970, of the signature by ML-DSA-44
   */
  sign(text: string, timeSeconds: number): string;
}

/**
 * Opens the keys of the log. The one for ML-DSA-44 is made and stored if it is not there: databases of
 * earlier versions have none.
 *
 * @param origin the log's name; see `logOrigin`
 * @throws ControllerError `usage`: the Ed25519 key is missing
 */
export function openLogKeys(db: Database, sealer: Sealer, origin: string): LogKeys {
  storeSeed(db, sealer);
  const pkcs8 = openSecret(db, sealer, ED25519);
  const seed = openSecret(db, sealer, ML_DSA_44);
  try {
    // RFC 8410, section 7: the private key is the end of the encoding.
    const signing: readonly SigningKey[] = [
      ed25519SigningKey(origin, 'ed25519', pkcs8.subarray(-SEED_LENGTH_BYTES)),
      mlDsa44SigningKey(origin, seed),
    ];
    return {
      origin,
      keys: signing.map(({ key }) => key),
      verifierKeys: signing.map(({ key }) => renderVerifierKey(key)),
      sign: (text, timeSeconds) =>
        renderNote({ text, signatures: signing.map((key) => signCheckpoint(key, text, timeSeconds)) }),
    };
  } finally {
    wipe(pkcs8);
    wipe(seed);
  }
}

function storeSeed(db: Database, sealer: Sealer): void {
  const isStored = db.prepare('SELECT 1 FROM sealed_secrets WHERE name = ?').get(ML_DSA_44) !== undefined;
  if (isStored) return;
  const seed = randomBytes(SEED_LENGTH_BYTES);
  const sealed = sealer.seal(SealedFor.controllerKey, ML_DSA_44, seed);
  wipe(seed);
  db.prepare('INSERT INTO sealed_secrets (name, sealed) VALUES (?, ?)').run(ML_DSA_44, sealed);
}

function openSecret(db: Database, sealer: Sealer, name: string): Uint8Array {
  const sealed = db.prepare('SELECT sealed FROM sealed_secrets WHERE name = ?').pluck().get(name) as
    | Uint8Array
    | undefined;
  if (sealed === undefined)
    throw new ControllerError(
      'usage',
      `the controller's ${name} key is missing from ${db.name}: restore a backup`,
    );
  return sealer.open(SealedFor.controllerKey, name, sealed);
}
