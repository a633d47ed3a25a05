// Asks again where that is safe: only what reads is repeated, because a POST whose answer was lost may have
// been carried out.

import type { FetchLike } from '@mesh/protocol';

export interface RetryOptions {
  /**
   * Resolves after so many milliseconds. It rejects when the signal aborts.
   *
   * `(ms) => new Promise((resolve) => setTimeout(resolve, ms))` is enough where nothing aborts.
   */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** How often a request is sent at most; 4 by default. */
  readonly attempts?: number;
  /** Between 0 and 1: spreads the waiting of many clients, such as `Math.random`. By default nothing does. */
  readonly jitter?: () => number;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** Of the controller (429, 503), and of a proxy before it. */
const PASSING = [429, 502, 503, 504];

export const isPassing = (status: number): boolean => PASSING.includes(status);

/**
 * How long to wait before the next attempt: twice as long each time, and at least what the answer asks for.
 */
export function waitMs(
  attempt: number,
  retryAfterSeconds: number | undefined,
  jitter?: () => number,
): number {
  const backoff = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
  const spread = jitter === undefined ? backoff : backoff * (0.5 + jitter());
  return Math.max(spread, (retryAfterSeconds ?? 0) * 1000);
}

/**
 * A transport that repeats GET requests which fail for reasons that pass. An answer in lines is not repeated.
 */
export function retrying(transport: FetchLike, { wait, attempts = 4, jitter }: RetryOptions): FetchLike {
  return async (url, init) => {
    if (init.method !== 'GET' || init.onLine !== undefined) return transport(url, init);
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt + 1 >= attempts;
      let retryAfter: number | undefined;
      try {
        const answer = await transport(url, init);
        if (isLast || !isPassing(answer.status)) return answer;
        retryAfter = secondsOf(answer.headers.get('retry-after'));
        await answer.text();
      } catch (error) {
        if (isLast || init.signal?.aborted === true) throw error;
      }
      await wait(waitMs(attempt, retryAfter, jitter), init.signal);
    }
  };
}

/** RFC 9110 section 10.2.3, the form in seconds, up to an hour. */
const secondsOf = (value: string | null): number | undefined =>
  value !== null && /^\d{1,9}$/.test(value) ? Math.min(Number(value), 3600) : undefined;
