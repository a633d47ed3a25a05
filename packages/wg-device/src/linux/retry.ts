// Waiting for another process without a fixed sleep: probe, then probe again until it holds or the tries are
// used up.

/** The part of the agent's Timers port that waiting needs. Returns the function that cancels the timer. */
export interface RetryTimers {
  setTimer(ms: number, fn: () => void): () => void;
}

export interface RetryOptions {
  readonly timers: RetryTimers;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/** Resolves with the first answer that is not `undefined`; `undefined` when time is up. */
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
