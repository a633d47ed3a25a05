// Whose cosignatures a signed head bears.

import { parseNote } from '@mesh/audit';

/** Names of keys, without the log itself, whose name is the first line of the note. */
export function cosignersOf(note: string | undefined): string[] {
  if (note === undefined) return [];
  const { text, signatures } = parseNote(note);
  const origin = text.slice(0, text.indexOf('\n'));
  return [...new Set(signatures.map(({ name }) => name))].filter((name) => name !== origin);
}
