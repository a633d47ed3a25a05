// Instants as text: RFC 3339 with a zone, read strictly, to milliseconds since 1970 and back. JavaScript's
// Date.parse also accepts local times, February 30 and dozens of private formats. An instant in a signed
// message has one reading.

import { PrimitivesError } from './primitives-error.ts';

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

const DAY_MS = 86_400_000;
/** 0000-01-01T00:00:00Z and the last millisecond of 9999: the range of a year of four digits. */
const MIN_MS = -62_167_219_200_000;
const MAX_MS = 253_402_300_799_999;

/**
 * Milliseconds since 1970-01-01T00:00:00Z of an RFC 3339 date-time (section 5.6).
 *
 * Upper-case `T`, and `Z` or a numeric offset, are required. The fraction may have one to nine digits; those
 * beyond milliseconds are cut off. Dates that do not exist are refused, and so is a leap second (`:60`),
 * because the clocks that are compared here have none. `-00:00` (offset unknown, section 4.3) is read as UTC.
 * @throws PrimitivesError `invalid_timestamp`
 */
export function parseRfc3339(text: string): number {
  const match = typeof text === 'string' ? RFC_3339.exec(text) : null;
  if (match === null) throw invalid('write it like 2026-01-05T12:34:50.123Z, with Z or an offset');
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as SixNumbers;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw invalid('no such date');
  if (second === 60) throw invalid('leap seconds are not accepted');
  if (hour > 23 || minute > 59 || second > 59) throw invalid('no such time of day');
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) throw invalid('no such zone offset');
  const offsetMs = (match[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000;
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds;
  const ms = daysSince1970(year, month, day) * DAY_MS + ofDay - offsetMs;
  if (ms < MIN_MS || ms > MAX_MS) throw invalid('outside the years 0000 to 9999 in UTC');
  return ms;
}

/**
 * RFC 3339 in UTC with three digits of fraction: `2026-01-05T12:34:50.123Z`.
 * @param ms whole milliseconds since 1970, in the years 0000 to 9999
 * @throws PrimitivesError `invalid_timestamp`
 */
export function formatRfc3339(ms: number): string {
  if (!Number.isInteger(ms) || ms < MIN_MS || ms > MAX_MS) {
    throw invalid('pass whole milliseconds in the years 0000 to 9999');
  }
  return new Date(ms).toISOString();
}

type SixNumbers = [number, number, number, number, number, number];

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days of the proleptic Gregorian calendar. Date.UTC would read the years 0 to 99 as 1900 to 1999. */
function daysSince1970(year: number, month: number, day: number): number {
  // Years begin in March here, so that the leap day is the last day of its year.
  const y = month <= 2 ? year - 1 : year;
  const monthFromMarch = (month + 9) % 12;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  return y * 365 + leapDays + dayOfYear - 719_468;
}

function invalid(why: string): PrimitivesError {
  return new PrimitivesError('invalid_timestamp', `RFC 3339 date-time refused: ${why}`);
}
