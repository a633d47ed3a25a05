// Looks for many secrets at once, each in every spelling: one pass over what is searched.

import { spellingsOf } from './spellings.ts';

interface Pattern {
  /** Of the secret. */
  readonly index: number;
  readonly bytes: Buffer;
}

export class SpelledSearch {
  /** By the first two bytes. */
  readonly #patterns: (Pattern[] | undefined)[] = new Array(1 << 16);

  constructor(secrets: readonly Uint8Array[]) {
    for (const [index, secret] of secrets.entries())
      for (const bytes of spellingsOf(secret)) {
        const start = bytes.readUInt16BE(0);
        this.#patterns[start] ??= [];
        this.#patterns[start].push({ index, bytes });
      }
  }

  /** The indices of the secrets that are in there, in any spelling. */
  in(content: Buffer): ReadonlySet<number> {
    const found = new Set<number>();
    let start = content[0] ?? 0;
    for (let at = 1; at < content.length; at++) {
      start = ((start & 0xff) << 8) | (content[at] ?? 0);
      const patterns = this.#patterns[start];
      if (patterns === undefined) continue;
      for (const { index, bytes } of patterns) if (isAt(content, at - 1, bytes)) found.add(index);
    }
    return found;
  }
}

function isAt(content: Buffer, start: number, wanted: Buffer): boolean {
  for (let at = 2; at < wanted.length; at++) if (content[start + at] !== wanted[at]) return false;
  return true;
}
