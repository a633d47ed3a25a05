// Singular queries of JSONPath (RFC 9535, section 2.3.5.1): `$.a.b`, `$['a']["b"][0]`. They name at most one
// value.

import type { JsonValue } from '@mesh/primitives';
import { HarnessError } from '../harness-error.ts';

const STEP =
  /\.([A-Za-z_][\w]*)|\['((?:[^'\\]|\\['\\])*)'\]|\["((?:[^"\\]|\\["\\])*)"\]|\[(-?(?:0|[1-9]\d{0,8}))\]/y;

/** @throws HarnessError `invalid_option` if the text is no singular query */
export function parseJsonQuery(query: string): readonly (string | number)[] {
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

/** @returns undefined if there is nothing */
export function queryJson(document: JsonValue, query: string): JsonValue | undefined {
  let found: JsonValue | undefined = document;
  for (const step of parseJsonQuery(query)) {
    if (typeof step === 'number') found = Array.isArray(found) ? found.at(step) : undefined;
    else if (
      typeof found === 'object' &&
      found !== null &&
      !Array.isArray(found) &&
      Object.hasOwn(found, step)
    )
      found = (found as Readonly<Record<string, JsonValue>>)[step];
    else found = undefined;
  }
  return found;
}

function refused(query: string): HarnessError {
  return new HarnessError(
    'invalid_option',
    `${JSON.stringify(query)} names no single value: write $.name, $['a name'] or $.list[0]`,
  );
}
