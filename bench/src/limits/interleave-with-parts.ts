// Runs the parts of a floor in the same rounds as what is compared with it.

import { type Contender, interleave, type Progress } from '../interleave.ts';
import type { Part, PartFigures } from './part.ts';

/** As {@link interleave}: in each round the contenders first, then the parts. */
export async function interleaveWithParts<Result>(
  contenders: readonly Contender<Result>[],
  parts: readonly Part[],
  rounds: number,
  progress: Progress,
  options: { readonly warmUp?: boolean } = {},
): Promise<{ readonly results: Map<string, Result[]>; readonly parts: Map<string, PartFigures[]> }> {
  type Turn = { readonly result: Result } | { readonly figures: PartFigures };
  const turns = await interleave<Turn>(
    [
      ...contenders.map(({ name, run }) => ({ name, run: async () => ({ result: await run() }) })),
      ...parts.map(({ name, run }) => ({ name, run: async () => ({ figures: await run() }) })),
    ],
    rounds,
    progress,
    options,
  );
  const all = [...turns];
  return {
    results: new Map(
      all
        .slice(0, contenders.length)
        .map(([name, one]) => [name, one.flatMap((turn) => ('result' in turn ? [turn.result] : []))]),
    ),
    parts: new Map(
      all
        .slice(contenders.length)
        .map(([name, one]) => [name, one.flatMap((turn) => ('figures' in turn ? [turn.figures] : []))]),
    ),
  };
}
