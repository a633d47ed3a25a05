// How much a result stands out as a whole: by a forest that is grown, from a seed, of results as they are
// while nothing changes. It needs nothing to be kept of a node, and gives the same score to the same result.

import { growForest, type IsolationForest } from '../statistics/isolation-forest.ts';
import { normalQuantile } from '../statistics/normal-quantile.ts';
import { seededRandom } from '../statistics/seeded-random.ts';

const TREES = 50;
const POINTS = 128;

/** What a deviation is to the forest: better counts as usual. */
export const onlyWorse = (deviation: number): number => Math.max(0, deviation);

/** Grown once: they follow from seed and number of dimensions. A mesh has few of both. */
const forests = new Map<number, Map<number, IsolationForest>>();
const MOST_SEEDS = 16;
const MOST_FORESTS = 64;

/**
 * The forest of points with so many dimensions, each as {@link onlyWorse} has it. Its score is about 0.5 for
 * a result as usual.
 */
export function forestOf(seed: number, dimensions: number): IsolationForest {
  const ofSeed = forests.get(seed) ?? new Map<number, IsolationForest>();
  const known = ofSeed.get(dimensions);
  if (known !== undefined) return known;
  const random = seededRandom(seed);
  const usual = Array.from({ length: POINTS }, () =>
    Array.from({ length: dimensions }, () => onlyWorse(normalQuantile(random() * 0.999999 + 5e-7))),
  );
  const forest = growForest(usual, { seed, trees: TREES, sampleSize: POINTS });
  if (forests.size >= MOST_SEEDS) forests.clear();
  if (ofSeed.size >= MOST_FORESTS) ofSeed.clear();
  forests.set(seed, ofSeed.set(dimensions, forest));
  return forest;
}
