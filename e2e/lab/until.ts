// Waits for a condition outside this process. It checks again and again, and does not sleep for a fixed time.

import { setInterval } from 'node:timers/promises';
import { LabError } from './lab-error.ts';

const ASKED_EVERY_MS = 50;

/**
 * Asks until the answer is not undefined.
 *
 * @param everyMs longer for a question that starts processes, because they would be the machine's main work
 * @throws LabError `timed_out` with `what` and the last error of `ask`
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
  everyMs = ASKED_EVERY_MS,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last = '';
  const asked = async () => {
    try {
      return await ask();
    } catch (error) {
      last = error instanceof Error ? `: ${error.message}` : '';
      return undefined;
    }
  };
  const first = await asked();
  if (first !== undefined) return first;
  for await (const _ of setInterval(everyMs)) {
    const answer = await asked();
    if (answer !== undefined) return answer;
    if (performance.now() > end) break;
  }
  throw new LabError('timed_out', `${what}: not within ${timeoutMs} ms${last}`);
}
