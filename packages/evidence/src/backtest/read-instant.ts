// Reads the times of a log. A backtest reads millions, and most lie in the minute of the one before.

import { parseRfc3339 } from '@mesh/primitives';

/** `2026-01-05T12:34:` of `2026-01-05T12:34:50.123Z`. */
const MINUTE_LENGTH = 17;

/** The last minute that was read, and its milliseconds since 1970. */
let lastMinute = '';
let lastMinuteMs = 0;

/** @returns milliseconds since 1970; undefined if it is no RFC 3339 date-time */
export function readInstant(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const withinMs = millisecondsOf(text);
  if (withinMs === undefined) return parsed(text);
  const minute = text.slice(0, MINUTE_LENGTH);
  if (minute !== lastMinute) {
    const ms = parsed(text);
    if (ms === undefined) return undefined;
    lastMinute = minute;
    lastMinuteMs = ms - withinMs;
  }
  return lastMinuteMs + withinMs;
}

function parsed(text: string): number | undefined {
  try {
    return parseRfc3339(text);
  } catch {
    return undefined;
  }
}

/** Since its minute began; undefined if the text is not in the form of `formatRfc3339`. */
function millisecondsOf(text: string): number | undefined {
  if (text.length !== 24 || text[19] !== '.' || text[23] !== 'Z') return undefined;
  let ms = 0;
  for (const at of SECOND_DIGITS) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    ms = ms * 10 + digit;
  }
  return ms < 60_000 ? ms : undefined;
}

const SECOND_DIGITS = [17, 18, 20, 21, 22] as const;
