// Reads the times that harnesses write into their result files.

import { type JsonValue, parseRfc3339 } from '@mesh/primitives';
import { unfit } from './report.ts';

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9})\d*)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * A time as text: a space may stand for the `T`, and a time without a zone is read as UTC. So run a harness
 * that writes none with TZ=UTC.
 *
 * @returns milliseconds since the Unix epoch; undefined if the file states no time
 * @throws HarnessError `unfit_report` if it states one that cannot be read
 */
export function readReportTime(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) throw unfit('the time in the file cannot be read: have it written as RFC 3339');
  const [, date = '', time = '', fraction = '0', zone = 'Z'] = match;
  const seconds = time.length === 5 ? `${time}:00` : time;
  const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  try {
    return parseRfc3339(`${date}T${seconds}.${fraction}${colon}`);
  } catch (error) {
    throw unfit('the time in the file does not exist: have it written as RFC 3339', { cause: error });
  }
}

const LAST_SECOND = 253_402_300_799;

/** @throws HarnessError `unfit_report` if the value is no time in seconds since the Unix epoch */
export function readUnixSeconds(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !(value >= 0 && value <= LAST_SECOND))
    throw unfit('the time in the file is no time in seconds: run the evaluation again');
  return Math.floor(value * 1_000);
}
