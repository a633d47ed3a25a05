// Waits for another process without a fixed sleep: it probes until the probe answers or the tries are used
// up.

/** Real timers, or a test's. `setTimer` returns the function that cancels the timer. */
export interface RetryTimers {
  setTimer(ms: number, fn: () => void): () => void;
}

export interface RetryOptions {
  readonly timers: RetryTimers;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/** Resolves with the first answer that is not `undefined`, or with `undefined` when the time is up. */
export async function retry<T>(
  probe: () => Promise<T | undefined>,
  options: RetryOptions,
): Promise<T | undefined> {
  const tries = Math.max(1, Math.ceil(options.timeoutMs / options.everyMs));
  for (let attempt = 1; ; attempt++) {
    const answer = await probe();
    if (answer !== undefined || attempt > tries) return answer;
    await new Promise<void>((resolve) => {
      options.timers.setTimer(options.everyMs, resolve);
    });
  }
}
