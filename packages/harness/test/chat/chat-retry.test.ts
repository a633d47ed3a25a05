import { findRetryWaitMs } from '@mesh/harness';
import { expect, it } from 'vitest';

const LEFT_MS = 60_000;
const date = 'Sun, 06 Nov 1994 08:49:37 GMT';

it.each([
  ['seconds', { status: 429, retryAfter: '7' }, 0, 7_000],
  ['seconds of a 503', { status: 503, retryAfter: '7' }, 5, 7_000],
  [
    'a date, by the clock of the service',
    { status: 429, retryAfter: 'Sun, 06 Nov 1994 08:49:42 GMT', date },
    0,
    5_000,
  ],
  ['a date that is over', { status: 429, retryAfter: 'Sun, 06 Nov 1994 08:49:30 GMT', date }, 0, 100],
  ['no time at all', { status: 429, retryAfter: '0' }, 0, 100],
  ['a date without a clock', { status: 429, retryAfter: date }, 0, 500],
  ['nonsense', { status: 429, retryAfter: '-1' }, 0, 500],
  ['nothing', { status: 429 }, 2, 2_000],
  ['nothing, many times', { status: 429 }, 2_000, 30_000],
  ['more than is left', { status: 429, retryAfter: '60' }, 0, undefined],
  ['a long number', { status: 429, retryAfter: '999999999' }, 0, undefined],
  ['another failure', { status: 500, retryAfter: '1' }, 0, undefined],
])('%s', (_what, answer, attempt, waitMs) => {
  expect(findRetryWaitMs(answer, attempt, LEFT_MS)).toBe(waitMs);
});
