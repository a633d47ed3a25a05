// Finds out which witnesses know the keys that are to sign the log's heads alone: while both pairs sign, each
// witness is asked for a cosignature of a head that bears the next pair's signatures only, until it gives
// one.

import type { LogKeys } from '../trust/log-keys.ts';

export class NextKeyTrials {
  readonly #keys: Pick<LogKeys, 'next' | 'nextAlone'>;
  readonly #urls: readonly string[];
  /** The witnesses that have cosigned such a head of this pair. */
  #confirmed: { readonly publicKey: string; readonly urls: ReadonlySet<string> } | undefined;

  /** @param urls of the witnesses */
  constructor(keys: Pick<LogKeys, 'next' | 'nextAlone'>, urls: readonly string[]) {
    this.#keys = keys;
    this.#urls = urls;
  }

  /** The note to try first; undefined if a witness is to get the head as it is. */
  noteFor(url: string, note: string): string | undefined {
    return this.#confirmedUrls().has(url) ? undefined : this.#keys.nextAlone(note);
  }

  /** Call it when a witness has cosigned what `noteFor` gave. */
  confirm(url: string): void {
    const publicKey = this.#keys.next?.publicKey;
    if (publicKey !== undefined)
      this.#confirmed = { publicKey, urls: new Set([...this.#confirmedUrls(), url]) };
  }

  /** The witnesses that have not; none if no change is under way. */
  notConfirmed(): readonly string[] {
    if (this.#keys.next === undefined) return [];
    const confirmed = this.#confirmedUrls();
    return this.#urls.filter((url) => !confirmed.has(url));
  }

  #confirmedUrls(): ReadonlySet<string> {
    const confirmed = this.#confirmed;
    return confirmed !== undefined && confirmed.publicKey === this.#keys.next?.publicKey
      ? confirmed.urls
      : new Set();
  }
}
