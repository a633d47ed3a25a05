// Reads the JSON of result files. Python writes NaN and Infinity as bare words, which are no JSON: they are
// read as null, so that the value is absent and its measure unscored.

import { type JsonValue, PrimitivesError, parseStrictJson } from '@mesh/primitives';
import { MAX_REPORT_BYTES, unfit } from './report.ts';

const LIMITS = { maxBytes: MAX_REPORT_BYTES, maxDepth: 256, unsafeIntegers: 'round' } as const;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const WORDS = ['NaN', 'Infinity', '-Infinity'];
const MAX_ROWS = 1_000_000;

/** @throws HarnessError `unfit_report` if the text is no whole JSON document, or has a key twice */
export function parseReportJson(text: string, what = 'the file'): JsonValue {
  try {
    return parseStrictJson(text, LIMITS);
  } catch (error) {
    const isSyntax = error instanceof PrimitivesError && error.code === 'json_syntax';
    if (!isSyntax) throw refused(what, error);
  }
  try {
    return parseStrictJson(withoutBareWords(text), LIMITS);
  } catch (error) {
    throw refused(what, error);
  }
}

/**
 * Rows of JSON, one a line. Blank lines do not count.
 *
 * @throws HarnessError `unfit_report`; the message names the line
 */
export function parseReportRows(text: string): JsonValue[] {
  const rows: JsonValue[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (rows.length === MAX_ROWS) throw unfit(`the file has more than ${MAX_ROWS} rows: split the run`);
    rows.push(parseReportJson(line, `line ${index + 1}`));
  }
  if (rows.length === 0) throw unfit('the file is empty: run the evaluation again');
  return rows;
}

function refused(what: string, cause: unknown) {
  const why = cause instanceof Error ? cause.message : 'it cannot be read';
  return unfit(`${what} is not whole or not JSON (${why}): run the evaluation again`, { cause });
}

/**
 * Replaces the bare words outside of strings. In anything that is not JSON then, the parser still finds it.
 */
function withoutBareWords(text: string): string {
  const parts: string[] = [];
  let keptTo = 0;
  let at = 0;
  while (at < text.length) {
    if (text.charCodeAt(at) === QUOTE) {
      at = endOfString(text, at + 1);
      continue;
    }
    const from = at;
    const word = WORDS.find((one) => text.startsWith(one, from));
    if (word === undefined) at += 1;
    else {
      parts.push(text.slice(keptTo, at), 'null');
      at += word.length;
      keptTo = at;
    }
  }
  return parts.join('') + text.slice(keptTo);
}

function endOfString(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}
