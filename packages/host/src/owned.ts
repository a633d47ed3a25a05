// What a program opens, and closes again on every path. Node 22 has no AsyncDisposableStack of its own.

/** Registers the close of something that was just opened. */
export type Own = (close: () => unknown) => void;

/**
 * Runs `body`, then closes what it registered, last first, whether it returned or threw. Each close is tried. What
 * `body` threw comes before what a close threw.
 *
 * @throws what `body` threw, or else the first failure of a close
 */
export async function owning<T>(body: (own: Own) => Promise<T>): Promise<T> {
  const closes: (() => unknown)[] = [];
  const closeAll = async (): Promise<unknown[]> => {
    const failures: unknown[] = [];
    for (const close of closes.toReversed()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  };
  let result: T;
  try {
    result = await body((close) => closes.push(close));
  } catch (error) {
    await closeAll();
    throw error;
  }
  const failures = await closeAll();
  if (failures.length > 0) throw failures[0];
  return result;
}
