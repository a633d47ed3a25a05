// The controller's own keys: its CA, the key that signs configs, and the first key that signs the log's
// heads. `mesh-controller init` makes them once. They are in the database, sealed under the master key.

import { spkiPin } from '@mesh/host';
import { wipe } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import { SealedFor, type Sealer } from './at-rest-sealer.ts';
import { CertificateAuthority, createAuthority } from './certificate-authority.ts';
import { ConfigKeys } from './config-keys.ts';
import { MeshAuthority } from './mesh-authority.ts';
import { openSecret } from './sealed-secrets.ts';
import { newSigningKey, openSigningKey } from './signing-key.ts';
import { CA_CERTIFICATE, caKeyName, readCaCertificate, readNextCa, storedCaKeyName } from './stored-ca.ts';
import { configKeyName, readConfigKeys, storedConfigKeyName } from './stored-config-keys.ts';

const PURPOSE = SealedFor.controllerKey;
const MESH_ID = 'mesh_id';

export interface ControllerKeys {
  readonly authority: MeshAuthority;
  /** What signs configs and removal notices. */
  readonly config: ConfigKeys;
}

/** Makes all keys and stores them in one transaction. If there are keys already, it stores nothing. */
export async function createControllerKeys(
  db: Database,
  sealer: Sealer,
  meshId: string,
  nowMs: number,
): Promise<void> {
  const { certificatePem, privateKeyPkcs8 } = await createAuthority(meshId, nowMs);
  const fresh = { ca: privateKeyPkcs8, config: newSigningKey(), log: newSigningKey() };
  try {
    db.transaction(() => {
      if (db.prepare('SELECT 1 FROM sealed_secrets').get() !== undefined) return;
      const remember = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
      remember.run(MESH_ID, meshId);
      remember.run(CA_CERTIFICATE, certificatePem);
      const insert = db.prepare('INSERT INTO sealed_secrets (name, sealed) VALUES (?, ?)');
      for (const [name, pkcs8] of Object.entries(fresh)) insert.run(name, sealer.seal(PURPOSE, name, pkcs8));
    }).immediate();
  } finally {
    Object.values(fresh).forEach(wipe);
  }
}

/**
 * @throws ControllerError `usage`: the keys are missing (not initialised) or belong to another mesh, or the
 *   master key is not the one that sealed them
 */
export async function openControllerKeys(
  db: Database,
  sealer: Sealer,
  meshId: string,
): Promise<ControllerKeys> {
  const certificatePem = readCaCertificate(db);
  const ownMesh = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(MESH_ID);
  if (ownMesh !== undefined && ownMesh !== meshId)
    throw new ControllerError(
      'usage',
      `${db.name} is of mesh ${ownMesh}, not of ${meshId}: set mesh_id, or another data_dir`,
    );
  if (certificatePem === undefined)
    throw new ControllerError(
      'usage',
      `${db.name} holds no keys yet: run mesh-controller init, or set data_dir to where the database is`,
    );
  const open = (name: string) => openSecret(db, sealer, name);
  const openAuthority = (pem: string, keyName: string) => {
    const key = open(keyName);
    return CertificateAuthority.open(pem, key).finally(() => wipe(key));
  };
  const present = await openAuthority(certificatePem, storedCaKeyName(db, spkiPin(certificatePem)));
  const nextCa = readNextCa(db);
  const next = nextCa && (await openAuthority(nextCa.certificatePem, caKeyName(nextCa.pin)));
  const { lists, overlap } = readConfigKeys(db);
  const newest = lists.at(-1);
  const config = openSigningKey(open(storedConfigKeyName(db, newest?.present)));
  const nextConfig = overlap && openSigningKey(open(configKeyName(newest?.next?.public_key ?? '')));
  return {
    authority: new MeshAuthority(present, next),
    config: new ConfigKeys(config, nextConfig, overlap?.hasSwitched),
  };
}
