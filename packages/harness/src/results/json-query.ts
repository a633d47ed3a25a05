// Singular queries of JSONPath (RFC 9535, section 2.3.5.1): `$.a.b`, `$['a']["b"][0]`. They name at most one
// value.

import type { JsonValue } from '@mesh/primitives';
import { HarnessError } from '../harness-error.ts';
import { memberOf } from '../json-fields.ts';

const STEP =
  /\.([A-Za-z_][\w]*)|\['((?:[^'\\]|\\['\\])*)'\]|\["((?:[^"\\]|\\["\\])*)"\]|\[(-?(?:0|[1-9]\d{0,8}))\]/y;

function parseJsonQuery(query: string): readonly (string | number)[] {
  if (!query.startsWith('$')) throw refused(query);
  const steps: (string | number)[] = [];
  let at = 1;
  while (at < query.length) {
    STEP.lastIndex = at;
    const found = STEP.exec(query);
    if (found === null) throw refused(query);
    const [all, member, single, double, index] = found;
    const quoted = (single ?? double)?.replaceAll(/\\(.)/g, '$1');
    steps.push(index === undefined ? (member ?? quoted ?? '') : Number(index));
    at += all.length;
  }
  return steps;
}

/**
 * @returns undefined if there is nothing
 * @throws HarnessError `invalid_option` if the text is no singular query
 */
export function queryJson(document: JsonValue, query: string): JsonValue | undefined {
  return parseJsonQuery(query).reduce(
    (found: JsonValue | undefined, step) =>
      typeof step === 'number' ? entryOf(found, step) : memberOf(found, step),
    document,
  );
}

/** An index below 0 counts from the end. */
const entryOf = (value: JsonValue | undefined, index: number) =>
  Array.isArray(value) ? (value as readonly JsonValue[]).at(index) : undefined;

function refused(query: string): HarnessError {
  return new HarnessError(
    'invalid_option',
    `${JSON.stringify(query)} names no single value: write $.name, $['a name'] or $.list[0]`,
  );
}
