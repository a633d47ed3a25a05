// Writes which keys sign the log's heads, and which did. Private keys are sealed before they come here.

import type { LogKeyPair, LogKeyState } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';
import { logKeyName } from '../trust/log-key-pair.ts';
import { storedLogKeyNames } from '../trust/stored-log-keys.ts';
import { deleteSealedKey } from './delete-sealed-key.ts';

export class LogKeyRows {
  readonly #db: Database;
  readonly #put: Statement;
  readonly #drop: Statement;
  readonly #putSeeds: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#put = db.prepare(
      `INSERT INTO log_keys (public_key, verifier_keys, state) VALUES (?, ?, ?)
       ON CONFLICT (public_key) DO UPDATE SET state = excluded.state`,
    );
    this.#drop = db.prepare('DELETE FROM log_keys WHERE public_key = ?');
    this.#putSeeds = db.prepare('INSERT INTO sealed_secrets (name, sealed) VALUES (?, ?)');
  }

  /** @param before what is in the database */
  write({ present, next, ended }: LogKeyState, before: LogKeyState): void {
    for (const pair of ended.slice(before.ended.length)) {
      this.#putPair(pair, 'ended');
      this.#destroy(storedLogKeyNames(this.#db, pair.publicKey));
    }
    if (present !== undefined) this.#putPair(present, 'present');
    if (before.next !== undefined && next === undefined && present?.publicKey !== before.next.publicKey) {
      this.#drop.run(before.next.publicKey);
      this.#destroy([logKeyName(before.next.publicKey)]);
    }
    if (next === undefined || next.publicKey === before.next?.publicKey) return;
    this.#putPair(next, 'next');
    this.#putSeeds.run(logKeyName(next.publicKey), next.sealedSeeds);
  }

  #putPair({ publicKey, verifierKeys }: LogKeyPair, state: 'present' | 'next' | 'ended'): void {
    this.#put.run(publicKey, verifierKeys.join('\n'), state);
  }

  /** Overwrites them in the file. */
  #destroy(names: readonly string[]): void {
    for (const name of names) deleteSealedKey(this.#db, name);
  }
}
