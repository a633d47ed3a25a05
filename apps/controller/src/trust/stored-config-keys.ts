// Where the keys that sign configs are in the database, with the lists of them. Private keys are sealed under
// the master key.

import type { ConfigKeyState } from '@mesh/membership';
import type { ConfigKeyList } from '@mesh/protocol';
import type { Database } from 'better-sqlite3';
import { hasSecret } from './sealed-secrets.ts';

/** The name of the first key. Every later one is named after its public half. */
const FIRST_KEY = 'config';

/** What a key is named in `sealed_secrets`, and sealed for. */
export const configKeyName = (publicKey: string): string => `config-${publicKey}`;

/**
 * The name under which a key is in `sealed_secrets`.
 * @param publicKey undefined for the first key of a mesh that never had another
 */
export function storedConfigKeyName(db: Database, publicKey: string | undefined): string {
  const name = configKeyName(publicKey ?? '');
  return hasSecret(db, name) ? name : FIRST_KEY;
}

export function readConfigKeys(db: Database): ConfigKeyState {
  const lists = (
    db.prepare('SELECT list FROM config_key_lists ORDER BY made_at_ms').pluck().all() as string[]
  ).map((text) => JSON.parse(text) as ConfigKeyList);
  const next = db
    .prepare(
      `SELECT has_switched AS hasSwitched, sealed AS sealedKey
       FROM next_config_key LEFT JOIN sealed_secrets ON name = 'config-' || public_key`,
    )
    .get() as { readonly hasSwitched: number; readonly sealedKey: Uint8Array } | undefined;
  if (next === undefined) return { lists, overlap: undefined };
  const confirmedBy = new Set(
    db.prepare('SELECT node_id FROM next_config_key_confirmed').pluck().all() as string[],
  );
  return {
    lists,
    overlap: { hasSwitched: next.hasSwitched === 1, sealedKey: next.sealedKey, confirmedBy },
  };
}
