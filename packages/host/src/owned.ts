// Closes what a program has opened, whether it succeeds or fails. Node 22 has no AsyncDisposableStack.

/** Registers the close of something that was just opened. */
export type Own = (close: () => unknown) => void;

/**
 * Runs `body`, then closes what it registered, last first, whether it returned or threw. Each close is tried.
 * What `body` threw comes before what a close threw.
 *
 * @throws what `body` threw, or else the first failure of a close
 */
export async function owning<T>(body: (own: Own) => Promise<T>): Promise<T> {
  const closes: (() => unknown)[] = [];
  let result: T;
  try {
    result = await body((close) => closes.push(close));
  } catch (error) {
    await closeAll(closes).catch(() => undefined);
    throw error;
  }
  await closeAll(closes);
  return result;
}

/**
 * Closes what was opened, last first, and empties the list. Each close is tried, also one that is added to
 * the list meanwhile.
 *
 * @throws the first failure of a close
 */
export async function closeAll(closes: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let close = closes.pop(); close !== undefined; close = closes.pop()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
