// Makes untrusted text safe for a log, an error or a terminal. Characters that would end a line, move a
// cursor, colour the following text or hide are shown as code points instead.

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes control, format (including zero-width and bidirectional) and separator characters and lone
 * surrogates as `\u{1b}`, and truncates at `maxLength` UTF-16 units, with an ellipsis. For people to read; it
 * cannot be undone.
 */
export function printable(text: string, maxLength = 4096): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
