// Follows the entries that are about the mesh and not about one node, and knows from them what the rows of
// policies, officers, API keys and signing keys have to be. These are few, so the start compares them too.

import type { Database } from 'better-sqlite3';
import { AdminKeysOfLog } from './admin-keys-of-log.ts';
import type { FollowedEntry } from './followed-entry.ts';
import { OfficersOfLog } from './officers-of-log.ts';
import { PoliciesOfLog } from './policies-of-log.ts';
import { SigningKeysOfLog } from './signing-keys-of-log.ts';

export class RecordsOfLog {
  readonly #policies = new PoliciesOfLog();
  readonly #officers = new OfficersOfLog();
  readonly #adminKeys = new AdminKeysOfLog();
  readonly #signingKeys = new SigningKeysOfLog();

  /** Call it with every entry, in order; `admin_key_used` may be left out. */
  follow(entry: FollowedEntry): void {
    this.#policies.follow(entry);
    this.#officers.follow(entry);
    this.#adminKeys.follow(entry);
    this.#signingKeys.follow(entry);
  }

  /**
   * @param areUsesFollowed whether it was called with every use of an API key
   * @returns what differs in the rows, one phrase each
   */
  compare(db: Database, areUsesFollowed: boolean): string[] {
    return [
      ...this.#policies.compare(db),
      ...this.#officers.compare(db),
      ...this.#adminKeys.compare(db, areUsesFollowed),
      ...this.#signingKeys.compare(db),
    ];
  }
}
