// Waits for something that another process or thread does. It asks again until a condition is true.

import { setImmediate, setInterval } from 'node:timers/promises';

/** What is done in this process is done within a few turns of the loop. */
const TURNS = 200;
/** After that another process is waited for. Asking in every turn would keep a core from it. */
const ASKED_EVERY_MS = 5;

/** @throws Error with `what` if the condition is not true within `limitMs` */
export async function waitUntil(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  for (let turn = 0; turn < TURNS; turn++) {
    if (await holds()) return;
    await setImmediate();
  }
  for await (const _ of setInterval(ASKED_EVERY_MS)) {
    if (await holds()) return;
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
  }
}
