// Summarises a series of numbers: the median, the lowest and the highest.

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError for no values, or one that is not finite */
export function summarise(values: readonly number[]): Summary {
  const sorted = ascending(values);
  return { median: quantile(values, 0.5), min: sorted[0] as number, max: sorted.at(-1) as number };
}

/**
 * The value below which a share of all values lies, interpolated between neighbours.
 *
 * @param share 0..1: 0.5 gives the median, 0.99 the value below which 99 of 100 values lie
 * @throws RangeError for no values, one that is not finite, or a share outside 0..1
 */
export function quantile(values: readonly number[], share: number): number {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`a share lies between 0 and 1, not ${share}`);
  const sorted = ascending(values);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Compares one contender with another, round by round. In each round both had the same machine, so their
 * ratio is steadier than either figure.
 *
 * @throws RangeError unless both have the same number of rounds, at least one
 */
export function pairedRatio(values: readonly number[], baseline: readonly number[]): Summary {
  if (values.length !== baseline.length) throw new RangeError('both need one value a round');
  return summarise(values.map((value, round) => value / (baseline[round] as number)));
}

function ascending(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new RangeError('there are no values');
  if (!values.every(Number.isFinite)) throw new RangeError('a value is not finite');
  return values.toSorted((one, other) => one - other);
}
