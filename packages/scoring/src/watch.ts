// What is remembered of a node's results for the sequential alarm: a few numbers for each score that has a
// limit. They are recorded with each accepted result, so that a decision can be replayed.

import type { AlarmRule } from './alarm-rule.ts';
import type { EDetectorState } from './statistics/e-detector.ts';

export interface Watched {
  /** The limit that the evidence is about. */
  readonly asked: number;
  /** The state of the e-Shiryaev-Roberts detector. */
  readonly evidence: EDetectorState;
  /** How many prompts were graded since the evidence was last next to nothing. */
  readonly prompts: number;
  /** The sum of their grades. */
  readonly good: number;
}

export interface Watch {
  /** When the last result that counted was measured, and when it arrived. */
  readonly measuredAtMs: number;
  readonly arrivedAtMs: number;
  /** By metric, `overall` included. */
  readonly metrics: Readonly<Record<string, Watched>>;
}

/**
 * What is known of a metric for a limit. Evidence that a mean is below a lower limit is also evidence that it
 * is below a higher one, not the reverse.
 */
export function knownOf(watch: Watch | undefined, metric: string, asked: number): Watched | undefined {
  if (watch === undefined || !Object.hasOwn(watch.metrics, metric)) return undefined;
  const watched = watch.metrics[metric];
  return watched !== undefined && watched.asked <= asked ? watched : undefined;
}

export const detectorOf = ({ promptsPerFalseCut }: AlarmRule, asked: number) =>
  ({ kind: 'shiryaev-roberts', asked, promptsPerFalseAlarm: promptsPerFalseCut }) as const;
