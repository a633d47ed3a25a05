// The first API key of the administration, which `mesh-controller init` makes:
//
//   1. FILE.next holds the key, on disk.
//   2. The mesh records it: an event with its log entry, in one transaction.
//   3. FILE.next becomes FILE.
//
// Whenever the process dies, the next init goes on from there with the same key.

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Clock, HostError, readSecretFile, writeSecretFile } from '@mesh/host';
import { type AdminKeyRecord, type Command, createAdminKey } from '@mesh/membership';
import { formatRfc3339, sha256Hex, wipe } from '@mesh/primitives';
import {
  type AdminKey,
  adminKeyIdOf,
  createAdminKeyRequest,
  formatAdminKey,
  parseAdminKey,
} from '@mesh/protocol';
import { ControllerError } from './errors/controller-error.ts';
import type { ControllerConfig } from './settings/config.ts';
import { readAdminKeys } from './store/admin-key-rows.ts';
import { openDatabase } from './store/open-store.ts';

export interface FirstAdminKey {
  readonly file: string;
  readonly keyId: string;
  readonly expiresAt: string;
  /** Whether this run has made it or finished it. */
  readonly created: boolean;
}

/** Another file has the name of the key's: none was made, and that file is as it was. */
export interface NameTaken {
  readonly file: string;
  readonly keyId: null;
}

/** What the log and `meshctl keys list` say of it. */
const {
  name: NAME,
  role: ROLE,
  ttl_seconds: TTL_SECONDS,
} = createAdminKeyRequest.parse({
  name: 'made by mesh-controller init',
  role: 'operator',
});

export interface FirstAdminKeyPorts {
  readonly config: ControllerConfig;
  readonly clock: Clock;
  /**
   * Runs a command on the mesh of a controller that is down. Resolves once its events are on disk.
   *
   * @throws HostError `locked` while a controller runs
   */
  readonly runAtRest: (command: Command) => Promise<unknown>;
}

/** Beside the configuration file; without one, in the data directory. */
export function firstAdminKeyFile(
  { data_dir }: Pick<ControllerConfig, 'data_dir'>,
  configFile: string | undefined,
): string {
  return join(configFile === undefined ? data_dir : dirname(configFile), 'admin.key');
}

/**
 * Makes the first key of a mesh that has done nothing yet, or finishes what an earlier run began. A mesh
 * whose log has begun gets none: its administrators make keys with meshctl.
 *
 * @returns undefined if there is no such key in FILE
 * @throws ControllerError `already_running`; HostError
 */
export async function ensureFirstAdminKey(
  file: string,
  ports: FirstAdminKeyPorts,
): Promise<FirstAdminKey | NameTaken | undefined> {
  const { config, clock } = ports;
  const next = `${file}.next`;
  const { keys, hasLog } = readFacts(config);
  if (!existsSync(next)) {
    const first = keys.find(({ madeBy }) => madeBy.kind === 'system');
    if (first !== undefined)
      return existsSync(file) && first.expiresAtMs > clock.nowMs() ? describe(file, first, false) : undefined;
    if (hasLog) return undefined;
  }
  if (existsSync(file)) return { file, keyId: null };
  if (!existsSync(next)) writeNew(next);
  const key = readKey(next);
  const record = keys.find(({ keyId }) => keyId === key.keyId) ?? (await recordKey(key, ports));
  wipe(key.secret);
  // If the host dies before the new name is on disk, the next run renames it again.
  renameSync(next, file);
  return describe(file, record, true);
}

function describe(file: string, { keyId, expiresAtMs }: AdminKeyRecord, created: boolean): FirstAdminKey {
  return { file, keyId, expiresAt: formatRfc3339(expiresAtMs), created };
}

function readFacts(config: ControllerConfig): {
  readonly keys: readonly AdminKeyRecord[];
  readonly hasLog: boolean;
} {
  const db = openDatabase(config);
  try {
    return {
      keys: readAdminKeys(db),
      hasLog: db.prepare('SELECT 1 FROM log_entries LIMIT 1').get() !== undefined,
    };
  } finally {
    db.close();
  }
}

function writeNew(next: string): void {
  const secret = new Uint8Array(randomBytes(32));
  const text = Buffer.from(`${formatAdminKey({ keyId: adminKeyIdOf(randomBytes(8)), secret })}\n`);
  try {
    writeSecretFile(next, text, { overwrite: false });
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'file_io')) throw error;
    throw new HostError('file_io', `${error.message}; or run init with --no-admin-key`, { cause: error });
  } finally {
    wipe(secret);
    wipe(text);
  }
}

function readKey(next: string): AdminKey {
  using text = readSecretFile(next);
  return text.use((bytes) => parseAdminKey(Buffer.from(bytes).toString('latin1')));
}

async function recordKey(key: AdminKey, { config, runAtRest }: FirstAdminKeyPorts): Promise<AdminKeyRecord> {
  const command = createAdminKey({
    keyId: key.keyId,
    secretHash: sha256Hex(createHash('sha256').update(key.secret).digest()),
    name: NAME,
    role: ROLE,
    ttlMs: TTL_SECONDS * 1000,
    actor: { kind: 'system' },
    makerExpiresAtMs: undefined,
  });
  try {
    await runAtRest(command);
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'locked')) throw error;
    throw new ControllerError(
      'already_running',
      `the first API key is not recorded yet, which init does while the controller is down: ${error.message}`,
      { cause: error },
    );
  }
  const record = readFacts(config).keys.find(({ keyId }) => keyId === key.keyId);
  if (record === undefined) throw new Error(`key ${key.keyId} has vanished`);
  return record;
}
