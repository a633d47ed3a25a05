import { systemTimers, type Timers } from '@mesh/host';
import { expect, it } from 'vitest';
import { askPatiently } from '../../src/measure/child/ask-patiently.ts';
import { codeOf, serve } from '../support/measure-fixtures.ts';

const TIMEOUT_MS = 20_000;

/** Waits end at once and are recorded. The time limit of an exchange is real, unless it was shortened. */
async function ask(
  statuses: number[],
  headers: Record<string, string>,
  leftMs = 60_000,
  answers: 'at once' | 'never' = 'at once',
) {
  const waits: number[] = [];
  let asked = 0;
  const url = await serve((_request, response) => {
    const status = statuses[asked++] ?? 200;
    if (answers === 'at once') response.writeHead(status, headers).end('yes');
  });
  const timers: Timers = {
    setTimer(delayMs, fn, options) {
      if (delayMs === TIMEOUT_MS) return systemTimers.setTimer(delayMs, fn, options);
      waits.push(delayMs);
      return systemTimers.setTimer(0, fn, options);
    },
  };
  const answer = await codeOf(
    askPatiently({ url, headers: {}, maxBytes: 99, timeoutMs: TIMEOUT_MS, timers }, () => leftMs),
  );
  return { answer, waits, asked };
}

it.each([
  ['seconds', { 'retry-after': '7' }, [7_000, 7_000]],
  [
    'a date',
    { date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'retry-after': 'Sun, 06 Nov 1994 08:49:40 GMT' },
    [3_000, 3_000],
  ],
  ['nothing', {}, [500, 1_000]],
])('waits for a busy service that says %s', async (_what, headers, waits) => {
  expect(await ask([429, 503], headers as Record<string, string>)).toEqual({
    answer: 'yes',
    waits,
    asked: 3,
  });
});

it('does not wait for longer than allowed, nor after another failure', async () => {
  expect(await ask([429], { 'retry-after': '60' })).toEqual({ answer: 'unreachable', waits: [], asked: 1 });
  expect(await ask([500], { 'retry-after': '1' })).toEqual({ answer: 'unreachable', waits: [], asked: 1 });
});

it('limits an exchange to the time that is left', async () => {
  // Here it is over at once, perhaps before the request reaches the service.
  expect(await ask([], {}, 50, 'never')).toMatchObject({ answer: 'timeout', waits: [50] });
});
