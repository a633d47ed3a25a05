// Says how rows differ from what the log's entries say of them.

import { canonicalJson, type JsonValue } from '@mesh/primitives';

/** Names the fields only: what differs may be a key. */
export function differences(what: string, expected: object, found: object): string[] {
  return Object.entries(expected)
    .filter(([field, value]) => (found as Record<string, unknown>)[field] !== value)
    .map(([field]) => `${what}: its row has another ${field} than the log says`);
}

/**
 * Compares all rows of a table, each by its key.
 *
 * @param kind what a row is of, before its key
 * @returns what differs, one phrase each
 */
export function compareRows<Key extends string | number>(
  kind: string,
  logged: ReadonlyMap<Key, object>,
  found: ReadonlyMap<Key, object>,
): string[] {
  return [
    ...[...logged].flatMap(([key, expected]) => {
      const row = found.get(key);
      return row === undefined
        ? [`${kind} ${key}: its row is missing`]
        : differences(`${kind} ${key}`, expected, row);
    }),
    ...[...found.keys()]
      .filter((key) => !logged.has(key))
      .map((key) => `${kind} ${key}: no entry of the log makes it`),
  ];
}

/** The canonical form of a JSON text, to compare it; what is no JSON stays as it is. */
export function canonicalText(text: string): string {
  try {
    return canonicalJson(JSON.parse(text) as JsonValue);
  } catch {
    return text;
  }
}
