// The rows of the table `admin_keys`.

import type { Actor, AdminKeyRecord } from '@mesh/membership';
import type { Sha256Hex } from '@mesh/primitives';
import type { AdminKeyId, AdminRole } from '@mesh/protocol';
import type { Database, Statement } from 'better-sqlite3';

interface Row {
  readonly key_id: AdminKeyId;
  readonly secret_hash: Sha256Hex;
  readonly name: string;
  readonly role: AdminRole;
  readonly made_by: Actor['kind'];
  readonly made_by_id: string | null;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly last_used_on: string | null;
}

/** Writes keys inside the caller's transaction. */
export class AdminKeyRows {
  readonly #put: Statement;

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT INTO admin_keys (key_id, secret_hash, name, role, made_by, made_by_id, created_at_ms, expires_at_ms, last_used_on)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key_id) DO UPDATE SET expires_at_ms = excluded.expires_at_ms, last_used_on = excluded.last_used_on`,
    );
  }

  write(key: AdminKeyRecord): void {
    const { madeBy } = key;
    this.#put.run(
      key.keyId,
      key.secretHash,
      key.name,
      key.role,
      madeBy.kind,
      'id' in madeBy ? madeBy.id : null,
      key.createdAtMs,
      key.expiresAtMs,
      key.lastUsedOn ?? null,
    );
  }
}

export function readAdminKeys(db: Database): AdminKeyRecord[] {
  return (db.prepare('SELECT * FROM admin_keys ORDER BY created_at_ms').all() as Row[]).map((row) => ({
    keyId: row.key_id,
    secretHash: row.secret_hash,
    name: row.name,
    role: row.role,
    madeBy: (row.made_by_id === null
      ? { kind: row.made_by }
      : { kind: row.made_by, id: row.made_by_id }) as Actor,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    lastUsedOn: row.last_used_on ?? undefined,
  }));
}
