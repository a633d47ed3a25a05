// Waiting for a condition of the real world: asked again and again, never slept for blindly.

import { LabError } from './lab-error.ts';

/**
 * Asks until the answer is not undefined.
 *
 * @throws LabError `timed_out` with `what` and the last error of `ask`
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last = '';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error instanceof Error ? `: ${error.message}` : '';
    }
    if (performance.now() > end)
      throw new LabError('timed_out', `${what}: not within ${timeoutMs} ms${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
