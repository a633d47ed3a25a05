// Brings answers and the texts of assertions into the form in which they are compared.

/**
 * Compatibility characters unified (NFKC), typographic quotes made plain, invisible characters removed. So a
 * zero-width space cannot smuggle a marker past `not-contains`, and "can’t" is not missed because of its
 * apostrophe. Idempotent.
 */
export function normaliseText(text: string): string {
  return text
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .replaceAll(/[\u2018\u2019\u02bc]/g, "'")
    .replaceAll(/[\u201c\u201d]/g, '"');
}
