// Whether an answer is JSON, and holds what is asked for.

import { type JsonValue, parseStrictJson } from '@mesh/primitives';

const LIMITS = { maxBytes: 1_048_576, maxDepth: 64, unsafeIntegers: 'round' } as const;
/** The whole answer in one fenced block, as models like to write it. */
const FENCED = /^```[a-z]*\n([\s\S]*?)\n?```$/i;

/**
 * @param text the answer, trimmed; one fence around all of it does not count
 * @param wanted JSON text that the answer must hold: each of its members with an equal value, each of its
 *   list entries at the same place. Empty: any JSON will do
 */
export function holdsJson(text: string, wanted: string): boolean {
  let answer: JsonValue;
  try {
    answer = parseStrictJson(FENCED.exec(text)?.[1] ?? text, LIMITS);
  } catch {
    return false;
  }
  return wanted === '' || holds(answer, JSON.parse(wanted) as JsonValue);
}

/** @returns what is wrong with the text; undefined if it is JSON */
export function findJsonProblem(wanted: string): string | undefined {
  try {
    JSON.parse(wanted);
    return undefined;
  } catch {
    return 'is no JSON: write the members that the answer must have, or leave it out';
  }
}

function holds(found: JsonValue | undefined, wanted: JsonValue): boolean {
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  if (typeof found !== 'object' || found === null || Array.isArray(found) !== Array.isArray(wanted))
    return false;
  return Object.entries(wanted).every(
    ([name, value]) =>
      Object.hasOwn(found, name) &&
      holds((found as Readonly<Record<string, JsonValue>>)[name], value as JsonValue),
  );
}
