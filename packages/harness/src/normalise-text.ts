// The form in which answers and the texts of assertions are compared.

/**
 * Compatibility characters unified (NFKC), typographic quotes made plain, invisible characters removed. A
 * marker cannot be slipped past `not-contains` with a zero-width space, nor is "can’t" missed for its
 * apostrophe. Idempotent.
 */
export function normaliseText(text: string): string {
  return text
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .replaceAll(/[\u2018\u2019\u02bc]/g, "'")
    .replaceAll(/[\u201c\u201d]/g, '"');
}
