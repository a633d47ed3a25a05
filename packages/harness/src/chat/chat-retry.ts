// How long to wait before asking a busy service again.

export interface BusyAnswer {
  readonly status: number;
  /** The header, unchanged. */
  readonly retryAfter?: string | undefined;
  /** The header `Date`: an HTTP date in `Retry-After` is read by the clock of the service that wrote it. */
  readonly date?: string | undefined;
}

const BUSY = new Set([429, 503]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const SHORTEST_WAIT_MS = 100;
const IMF_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * What `Retry-After` says (seconds, or a date if `Date` came too), but at least 100 ms. If it says nothing
 * readable, 500 ms that double with each attempt up to 30 s.
 *
 * @param attempt how often the service was asked before this answer, from 0
 * @param leftMs the time that waiting may take
 * @returns undefined if it should not be asked again: any status but 429 and 503, or a wait of `leftMs` or
 *   more
 */
export function findRetryWaitMs(answer: BusyAnswer, attempt: number, leftMs: number): number | undefined {
  if (!BUSY.has(answer.status)) return undefined;
  const backoffMs = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
  const waitMs = Math.max(readRetryAfterMs(answer) ?? backoffMs, SHORTEST_WAIT_MS);
  return waitMs < leftMs ? waitMs : undefined;
}

function readRetryAfterMs({ retryAfter = '', date = '' }: BusyAnswer): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  if (!IMF_DATE.test(retryAfter) || !IMF_DATE.test(date)) return undefined;
  const waitMs = Date.parse(retryAfter) - Date.parse(date);
  return Number.isNaN(waitMs) ? undefined : waitMs;
}
