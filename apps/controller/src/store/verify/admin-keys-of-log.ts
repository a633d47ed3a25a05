// Follows the log, and knows from it what the rows of API keys have to be. The hash of a key's secret is not
// in the log, so it is not compared.

import { parseRfc3339 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { compareRows } from './differences.ts';
import type { FollowedEntry } from './followed-entry.ts';

interface AdminKey {
  readonly name: string;
  readonly role: string;
  readonly madeBy: string;
  readonly madeById: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

interface AdminKeyRow extends AdminKey {
  readonly keyId: string;
  readonly lastUsedOn: string | null;
}

export class AdminKeysOfLog {
  readonly #keys = new Map<string, AdminKey>();
  readonly #lastUses = new Map<string, string>();

  /** Call it with every entry of these types, in order; without `admin_key_used` if uses are not compared. */
  follow({ type, at, data }: FollowedEntry): void {
    const keyId = String(data.key_id);
    if (type === 'admin_key_created')
      this.#keys.set(keyId, {
        name: String(data.name),
        role: String(data.role),
        // In entries of earlier versions, `operator` is whoever could open the socket.
        madeBy: data.actor === 'operator' ? 'socket' : String(data.actor),
        madeById: (data.actor_id ?? null) as string | null,
        createdAtMs: parseRfc3339(at),
        expiresAtMs: parseRfc3339(String(data.expires_at)),
      });
    const key = this.#keys.get(keyId);
    if (type === 'admin_key_expired' && key !== undefined)
      this.#keys.set(keyId, { ...key, expiresAtMs: Math.min(key.expiresAtMs, parseRfc3339(at)) });
    if (type === 'admin_key_used') this.#lastUses.set(keyId, String(data.day));
  }

  /**
   * @param areUsesFollowed whether the last day of use is compared too
   * @returns what differs in the rows, one phrase each
   */
  compare(db: Database, areUsesFollowed: boolean): string[] {
    const rows = db
      .prepare(
        `SELECT key_id AS keyId, name, role, made_by AS madeBy, made_by_id AS madeById,
           created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs, last_used_on AS lastUsedOn FROM admin_keys`,
      )
      .all() as AdminKeyRow[];
    const logged = [...this.#keys].map(
      ([keyId, key]) =>
        [keyId, areUsesFollowed ? { ...key, lastUsedOn: this.#lastUses.get(keyId) ?? null } : key] as const,
    );
    return compareRows(
      'API key',
      new Map<string, object>(logged),
      new Map(rows.map(({ keyId, ...row }) => [keyId, row])),
    );
  }
}
