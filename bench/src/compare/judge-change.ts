// Whether a figure got worse, and whether by too much.

import type { Better } from '../report.ts';
import type { Summary } from '../statistics.ts';

/** `better` and `worse` mean in every round; everything else is `unclear`. */
export type Change = 'better' | 'worse' | 'unclear';

/** How a figure of this tree stands to the base's. */
export interface Standing {
  readonly better: Better;
  /** This tree's figure divided by the base's, round by round; absent if one of the base's is 0. */
  readonly ratio?: Summary;
}

export function changeOf(standing: Standing): Change {
  const worsening = worseningOf(standing);
  if (worsening === undefined) return 'unclear';
  if (worsening.min > 1) return 'worse';
  return worsening.max < 1 ? 'better' : 'unclear';
}

/**
 * Whether the median is worse by more than `factor`, and no round disagrees. A spread that includes 1 has a
 * round in which this tree was at least as good as the base, so what differed may be the machine: one busy
 * moment moves the median of a few rounds far, but seldom moves all of them to the same side. If nothing has
 * changed, all of n rounds are worse by chance about once in 2^n, for each figure: more rounds mean fewer
 * false alarms.
 *
 * @param factor from 1: at 1.1 a tenth more time is allowed, or a rate lower by a factor of 1.1
 */
export function isWorseThan(standing: Standing, factor: number): boolean {
  const worsening = worseningOf(standing);
  return worsening !== undefined && worsening.median > factor && changeOf(standing) === 'worse';
}

/** The ratio, turned so that above 1 is worse; undefined if no direction is. */
function worseningOf({ better, ratio }: Standing): Summary | undefined {
  if (ratio === undefined || better === 'neither') return undefined;
  if (better === 'less') return ratio;
  return { median: 1 / ratio.median, min: 1 / ratio.max, max: 1 / ratio.min };
}
