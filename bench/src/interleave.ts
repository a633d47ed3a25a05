// Runs contenders as A B A B, not as A A B B, so that other work on the machine affects all of them alike.

export interface Contender<Result> {
  readonly name: string;
  readonly run: () => Promise<Result> | Result;
}

/** Called before each turn; `round` counts from 1. */
export type Progress = (name: string, round: number, rounds: number) => void;

/**
 * Runs every contender once per round, in the given order; before that, each has one turn that does not
 * count, unless `warmUp` is false. A quick run goes without: it is too short to quote.
 *
 * @returns the results by name, in the order of the rounds
 */
export async function interleave<Result>(
  contenders: readonly Contender<Result>[],
  rounds: number,
  progress: Progress,
  { warmUp = true }: { readonly warmUp?: boolean } = {},
): Promise<Map<string, Result[]>> {
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new RangeError('rounds is a whole number from 1');
  const results = new Map<string, Result[]>(contenders.map(({ name }) => [name, []]));
  if (results.size !== contenders.length) throw new RangeError('two contenders have the same name');
  if (warmUp) for (const { run } of contenders) await run();
  for (let round = 1; round <= rounds; round++) {
    for (const { name, run } of contenders) {
      progress(name, round, rounds);
      results.get(name)?.push(await run());
    }
  }
  return results;
}
