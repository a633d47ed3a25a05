// One request to the controller, which must answer in time.

import type { Timers } from '@mesh/host';

const REQUEST_MS = 15_000;

export async function limitedRequest<T>(
  timers: Timers,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const cancel = timers.setTimer(REQUEST_MS, () => limit.abort(new Error('no answer in time')));
  try {
    return await ask(AbortSignal.any([signal, limit.signal]));
  } finally {
    cancel();
  }
}
