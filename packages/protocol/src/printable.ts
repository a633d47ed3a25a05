// Text of strangers on its way to a log, an error or a terminal: what would end a line, move a cursor, colour what
// follows or hide is shown as its code point instead.

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes control, format (zero-width and bidirectional included) and separator characters and lone surrogates as
 * `\u{1b}`, and cuts at `maxLength` UTF-16 units, with an ellipsis. Meant for eyes; it cannot be undone.
 */
export function printable(text: string, maxLength = 4096): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
