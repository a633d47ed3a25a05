// Finds out which witnesses know the keys that are to sign the log's heads alone: while both pairs sign, each
// witness is asked for a cosignature of a head that bears the next pair's signatures only, until it gives
// one.

import type { LogKeys } from '../trust/log-keys.ts';

export interface Trial {
  /** The head with the signatures of the next pair alone. */
  readonly note: string;
  /** The name of that pair. */
  readonly publicKey: string;
}

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

  /** What to try first; undefined if a witness is to get the head as it is. */
  trialFor(url: string, note: string): Trial | undefined {
    const alone = this.#confirmedUrls().has(url) ? undefined : this.#keys.nextAlone(note);
    const publicKey = this.#keys.next?.publicKey;
    return alone === undefined || publicKey === undefined ? undefined : { note: alone, publicKey };
  }

  /** Call it when a witness has cosigned the note of a trial. By then the change may be another one. */
  confirm(url: string, { publicKey }: Trial): void {
    if (publicKey === this.#keys.next?.publicKey)
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
