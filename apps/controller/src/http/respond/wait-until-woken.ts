// Waits for the end of one blocking query.

import type { Timers } from '@mesh/host';
import type { WakeReason } from '../../publish/waiters.ts';

/** Resolves when the query is woken or its time is over. A caller that hangs up counts as a timeout. */
export function waitUntilWoken(
  timers: Timers,
  woken: Promise<WakeReason>,
  waitMs: number,
  signal: AbortSignal,
): Promise<WakeReason | 'timeout'> {
  return new Promise((resolve) => {
    const cancel = timers.setTimer(waitMs, () => resolve('timeout'));
    signal.addEventListener('abort', () => {
      cancel();
      resolve('timeout');
    });
    void woken.then((reason) => {
      cancel();
      resolve(reason);
    });
  });
}
