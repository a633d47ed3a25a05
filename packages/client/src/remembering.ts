// Remembers answers by their entity tags: what has not changed is not sent again.

import type { FetchLike } from '@mesh/protocol';

interface Remembered {
  readonly tag: string;
  readonly text: string;
}

/** Longer answers are not remembered. */
const LONGEST_TEXT = 4 * 1024 * 1024;

/**
 * For one caller: answers of one key are not for another.
 *
 * @param entries how many answers are kept, the newest ones; 64 by default
 */
export function remembering(transport: FetchLike, entries = 64): FetchLike {
  const kept = new Map<string, Remembered>();
  const keep = (url: string, answer: Remembered): void => {
    kept.delete(url);
    kept.set(url, answer);
    for (const oldest of kept.keys()) {
      if (kept.size <= entries) break;
      kept.delete(oldest);
    }
  };
  return async (url, init) => {
    if (init.method !== 'GET' || init.onLine !== undefined) return transport(url, init);
    const held = kept.get(url);
    const headers = { ...init.headers, ...(held === undefined ? {} : { 'if-none-match': held.tag }) };
    const answer = await transport(url, { ...init, headers });
    if (answer.status === 304 && held !== undefined) {
      keep(url, held);
      return { status: 200, headers: answer.headers, text: () => Promise.resolve(held.text) };
    }
    const tag = answer.headers.get('etag');
    if (answer.status !== 200 || tag === null) return answer;
    const text = await answer.text();
    if (text.length <= LONGEST_TEXT) keep(url, { tag, text });
    return { status: 200, headers: answer.headers, text: () => Promise.resolve(text) };
  };
}
