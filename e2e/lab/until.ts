// Waits for a condition outside this process. It checks again and again, and does not sleep for a fixed time.

import { setInterval } from 'node:timers/promises';
import { LabError } from './lab-error.ts';

const ASKED_EVERY_MS = 50;
/**
 * The limits fit a fast machine that does little else. They end what hangs and claim nothing, so they may be
 * far too long for it.
 */
const PATIENCE = 4;

/**
 * Asks until the answer is not undefined, for several times `timeoutMs` if need be.
 *
 * @param everyMs longer for a question that starts processes, because they would be the machine's main work
 * @throws LabError `timed_out` with `what` and the last error of `ask`
 */
export function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
  everyMs = ASKED_EVERY_MS,
): Promise<T> {
  return within(what, PATIENCE * timeoutMs, ask, everyMs);
}

/** The same with a limit that belongs to what is measured. */
export async function within<T>(
  what: string,
  limitMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
  everyMs = ASKED_EVERY_MS,
): Promise<T> {
  const end = performance.now() + limitMs;
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
  throw new LabError('timed_out', `${what}: not within ${limitMs} ms${last}`);
}
