// An isolation forest (Liu, Ting and Zhou, ICDM 2008): points that few random cuts separate from all others
// are outliers. Seeded, so that the same points give the same scores.

import { ScoringError } from '../scoring-error.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

/** A point: one number for each dimension, all points alike. */
export type Point = readonly number[];

export interface ForestOptions {
  readonly seed: number;
  /** 100 by default. */
  readonly trees?: number;
  /** How many points a tree is built from: 256 by default, or all if there are fewer. */
  readonly sampleSize?: number;
}

type Tree =
  /** `extra`: the cuts that it would take on average to tell its points apart. */
  | { readonly kind: 'leaf'; readonly extra: number }
  | {
      readonly kind: 'cut';
      readonly at: number;
      readonly dimension: number;
      readonly below: Tree;
      readonly above: Tree;
    };

export interface IsolationForest {
  /** Above 0, at most 1: near 1 for an outlier, at most about 0.5 for a point like the others. */
  scoreOf(point: Point): number;
  /**
   * Whether the point's score is surely below `score`. It takes less time than the score: once the paths are
   * long enough, the trees that are left cannot change it.
   */
  isSurelyBelow(point: Point, score: number): boolean;
}

const EULER_MASCHERONI = 0.5772156649015329;

/**
 * c(n): how many cuts it takes on average to reach a point in a tree of n points (equation 1 of the paper,
 * with H(i) ≈ ln i + γ).
 */
export function averagePathLength(points: number): number {
  if (points <= 1) return 0;
  if (points === 2) return 1;
  return 2 * (Math.log(points - 1) + EULER_MASCHERONI) - (2 * (points - 1)) / points;
}

/**
 * @throws ScoringError `invalid_statistic` for fewer than 2 points, or points that differ in their dimensions
 */
export function growForest(points: readonly Point[], options: ForestOptions): IsolationForest {
  const dimensions = points[0]?.length ?? 0;
  if (points.length < 2 || dimensions === 0)
    throw new ScoringError(
      'invalid_statistic',
      'a forest grows from at least 2 points of at least 1 dimension',
    );
  if (!points.every((point) => point.length === dimensions && point.every(Number.isFinite)))
    throw new ScoringError(
      'invalid_statistic',
      'the points of a forest have the same dimensions, all of them finite',
    );
  const { seed, trees: count = 100, sampleSize = 256 } = options;
  const random = seededRandom(seed);
  const size = Math.min(sampleSize, points.length);
  const depth = Math.ceil(Math.log2(size));
  const trees = Array.from({ length: count }, () => growTree(draw(points, size, random), depth, random));
  const planted = plant(trees);
  const usual = averagePathLength(size);
  const check = (point: Point): void => {
    if (point.length !== dimensions)
      throw new ScoringError('invalid_statistic', 'a point has the dimensions of the points of its forest');
  };
  return {
    scoreOf: (point) => {
      check(point);
      return 2 ** (-meanPath(planted, point, Number.POSITIVE_INFINITY) / usual);
    },
    isSurelyBelow: (point, score) => {
      check(point);
      const longEnough = MARGIN - usual * Math.log2(score);
      return meanPath(planted, point, longEnough) >= longEnough;
    },
  };
}

/** In cuts: far above what rounding changes, and far below what one cut does. */
const MARGIN = 1e-3;

function growTree(points: readonly Point[], depthLeft: number, random: SeededRandom): Tree {
  const ranges = rangesOf(points);
  if (depthLeft === 0 || points.length <= 1 || ranges.length === 0)
    return { kind: 'leaf', extra: averagePathLength(points.length) };
  const { dimension, low, high } = ranges[Math.floor(random() * ranges.length)] as (typeof ranges)[0];
  const at = low + random() * (high - low);
  const goesBelow = (point: Point) => (point[dimension] as number) < at;
  return {
    kind: 'cut',
    at,
    dimension,
    below: growTree(points.filter(goesBelow), depthLeft - 1, random),
    above: growTree(
      points.filter((point) => !goesBelow(point)),
      depthLeft - 1,
      random,
    ),
  };
}

/** The dimensions in which the points differ. */
function rangesOf(points: readonly Point[]): { dimension: number; low: number; high: number }[] {
  return (points[0] ?? []).flatMap((_, dimension) => {
    const values = points.map((point) => point[dimension] as number);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low < high ? [{ dimension, low, high }] : [];
  });
}

/**
 * Trees as one array, which is walked much faster than objects: each result of a replay walks through all.
 * Each node has {@link STRIDE} numbers: its dimension, or -1 for a leaf; where its cut is, or what the leaf
 * adds to the mean length of a point's paths; and the place of the tree above the cut. The tree below follows
 * the node.
 */
interface Planted {
  /** The place of the root of each tree. */
  readonly roots: readonly number[];
  readonly nodes: Float64Array;
}
const STRIDE = 3;

function plant(trees: readonly Tree[]): Planted {
  const nodes: number[] = [];
  const add = (tree: Tree, cuts: number): number => {
    const place = nodes.length;
    if (tree.kind === 'leaf') nodes.push(-1, (cuts + tree.extra) / trees.length, 0);
    else {
      nodes.push(tree.dimension, tree.at, 0);
      add(tree.below, cuts + 1);
      nodes[place + 2] = add(tree.above, cuts + 1);
    }
    return place;
  };
  return { roots: trees.map((tree) => add(tree, 0)), nodes: Float64Array.from(nodes) };
}

/** @param enough from this length on, the rest is not needed */
function meanPath({ roots, nodes }: Planted, point: Point, enough: number): number {
  let mean = 0;
  for (let tree = 0; tree < roots.length && mean < enough; tree++) {
    let node = roots[tree] as number;
    for (let cut = nodes[node] as number; cut >= 0; cut = nodes[node] as number)
      node =
        (point[cut] as number) < (nodes[node + 1] as number) ? node + STRIDE : (nodes[node + 2] as number);
    mean += nodes[node + 1] as number;
  }
  return mean;
}

/** Points drawn without putting any back. */
function draw(points: readonly Point[], size: number, random: SeededRandom): Point[] {
  const left = [...points];
  return Array.from({ length: size }, (_, at) => {
    const other = at + Math.floor(random() * (left.length - at));
    [left[at], left[other]] = [left[other] as Point, left[at] as Point];
    return left[at] as Point;
  });
}
