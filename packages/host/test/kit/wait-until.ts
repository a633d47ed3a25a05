// Waits for something that another process or thread does. It asks again until a condition is true.

/** What is done in this process is done within a few turns of the loop. */
const TURNS = 200;
/** After that another process is waited for. Asking without a pause would keep a core from it. */
const PAUSE_MS = 5;

export async function waitUntil(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  for (let turn = 0; !(await holds()); turn++) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => {
      if (turn < TURNS) setImmediate(resolve);
      else setTimeout(resolve, PAUSE_MS);
    });
  }
}
