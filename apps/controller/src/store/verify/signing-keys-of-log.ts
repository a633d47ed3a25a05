// Follows the log, and knows from it what the rows of the keys that sign configs and of those that sign the
// log's heads have to be.

import { type JsonObject, parseVerifierKey } from '@mesh/audit';
import { canonicalJson, encodeBase64 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { canonicalText, compareRows } from './differences.ts';
import type { FollowedEntry } from './followed-entry.ts';

/** How many keys a pair has. */
const PAIR = 2;

export class SigningKeysOfLog {
  /** The lists of config keys, by when they were made. */
  readonly #lists = new Map<number, { readonly list: string }>();
  /** The config key that is to take the place of the present one. */
  #next: { readonly publicKey: string; readonly hasSwitched: number } | undefined;
  /** The verifier keys of pairs, one a line. */
  #presentPair: string | undefined;
  #nextPair: string | undefined;
  readonly #endedPairs: string[] = [];

  /** Call it with every entry of these types, in order. */
  follow({ type, data }: FollowedEntry): void {
    switch (type) {
      case 'config_key_prepared':
      case 'config_key_finished':
      case 'config_key_aborted':
        this.#addList(data.list as JsonObject);
        return;
      case 'config_key_switched':
        if (this.#next !== undefined) this.#next = { ...this.#next, hasSwitched: 1 };
        return;
      case 'log_key_prepared': {
        const keys = data.verifier_keys as string[];
        this.#presentPair = keys.slice(0, PAIR).join('\n');
        this.#nextPair = keys.slice(PAIR).join('\n');
        return;
      }
      case 'log_key_finished':
        if (this.#presentPair !== undefined) this.#endedPairs.push(this.#presentPair);
        this.#presentPair = this.#nextPair;
        this.#nextPair = undefined;
        return;
      case 'log_key_aborted':
        this.#nextPair = undefined;
        return;
      default:
    }
  }

  #addList(list: JsonObject): void {
    this.#lists.set(Number(list.made_at_ms), { list: canonicalJson(list) });
    const next = list.next as { readonly public_key: string } | undefined;
    this.#next = next && { publicKey: next.public_key, hasSwitched: 0 };
  }

  /** @returns what differs in the rows, one phrase each */
  compare(db: Database): string[] {
    return [...this.#compareConfigKeys(db), ...this.#compareLogKeys(db)];
  }

  #compareConfigKeys(db: Database): string[] {
    const lists = db.prepare('SELECT made_at_ms AS madeAtMs, list FROM config_key_lists').all() as {
      madeAtMs: number;
      list: string;
    }[];
    const next = db
      .prepare('SELECT public_key AS publicKey, has_switched AS hasSwitched FROM next_config_key')
      .all() as { publicKey: string; hasSwitched: number }[];
    return [
      ...compareRows(
        'config key list',
        this.#lists,
        new Map(lists.map(({ madeAtMs, list }) => [madeAtMs, { list: canonicalText(list) }])),
      ),
      ...compareRows(
        'next config key',
        new Map(this.#next === undefined ? [] : [[this.#next.publicKey, this.#next]]),
        new Map(next.map((row) => [row.publicKey, row])),
      ),
    ];
  }

  #compareLogKeys(db: Database): string[] {
    const rows = db
      .prepare('SELECT public_key AS publicKey, verifier_keys AS verifierKeys, state FROM log_keys')
      .all() as { publicKey: string; verifierKeys: string; state: string }[];
    const logged = [
      ...this.#endedPairs.map((pair) => pairOf(pair, 'ended')),
      ...(this.#presentPair === undefined ? [] : [pairOf(this.#presentPair, 'present')]),
      ...(this.#nextPair === undefined ? [] : [pairOf(this.#nextPair, 'next')]),
    ];
    return compareRows(
      "the log's keys",
      new Map(logged),
      new Map(rows.map(({ publicKey, ...row }) => [publicKey, row])),
    );
  }
}

/** A pair by its Ed25519 key, which is its first one. */
function pairOf(verifierKeys: string, state: string): [string, object] {
  const { publicKey } = parseVerifierKey(verifierKeys.split('\n')[0] ?? '');
  return [encodeBase64(publicKey), { verifierKeys, state }];
}
