// Writes the lists of the keys that sign configs, and how far a change of the key has come. Private keys are
// sealed before they come here.

import type { ConfigKeyState } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';
import { configKeyName, storedConfigKeyName } from '../trust/stored-config-keys.ts';
import { deleteSealedKey } from './delete-sealed-key.ts';

export class ConfigKeyRows {
  readonly #db: Database;
  readonly #putList: Statement;
  readonly #putNext: Statement;
  readonly #putKey: Statement;
  readonly #confirm: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#putList = db.prepare('INSERT INTO config_key_lists (made_at_ms, list) VALUES (?, ?)');
    this.#putNext = db.prepare(
      `INSERT INTO next_config_key (public_key, has_switched) VALUES (?, ?)
       ON CONFLICT (public_key) DO UPDATE SET has_switched = excluded.has_switched`,
    );
    this.#putKey = db.prepare('INSERT INTO sealed_secrets (name, sealed) VALUES (?, ?)');
    this.#confirm = db.prepare('INSERT OR IGNORE INTO next_config_key_confirmed (node_id) VALUES (?)');
  }

  /** @param before what is in the database */
  write(after: ConfigKeyState, before: ConfigKeyState): void {
    for (const list of after.lists.slice(before.lists.length))
      this.#putList.run(list.made_at_ms, JSON.stringify(list));
    const [next, nextBefore] = [nextKeyOf(after), nextKeyOf(before)];
    if (nextBefore !== undefined && nextBefore !== next) this.#end(after, before, nextBefore);
    if (next === undefined || after.overlap === undefined) return;
    if (next !== nextBefore) this.#putKey.run(configKeyName(next), after.overlap.sealedKey);
    this.#putNext.run(next, after.overlap.hasSwitched ? 1 : 0);
    for (const nodeId of after.overlap.confirmedBy)
      if (next !== nextBefore || before.overlap?.confirmedBy.has(nodeId) !== true) this.#confirm.run(nodeId);
  }

  /** One of the two keys of a change is overwritten in the file: the one that does not sign. */
  #end(after: ConfigKeyState, before: ConfigKeyState, next: string): void {
    const present = before.lists.at(-1)?.present;
    const isAborted = after.lists.at(-1)?.present === present;
    deleteSealedKey(this.#db, isAborted ? configKeyName(next) : storedConfigKeyName(this.#db, present));
    this.#db.exec('DELETE FROM next_config_key; DELETE FROM next_config_key_confirmed');
  }
}

/** The key that takes the place of the present one; undefined if no change is under way. */
function nextKeyOf({ lists, overlap }: ConfigKeyState): string | undefined {
  return overlap && lists.at(-1)?.next?.public_key;
}
