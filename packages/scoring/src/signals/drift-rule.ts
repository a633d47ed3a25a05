// What a policy sets of the drift signals: which of them look at a node's results, how sensitive they are,
// and what each leads to. Without the block nothing looks at them.

import * as z from 'zod';

/**
 * What a signal leads to. `advise`: it is shown. `declining`: the node is declining. `probation`: the node is
 * on probation. None of them denies.
 */
export const DRIFT_ACTIONS = ['advise', 'declining', 'probation'] as const;
export type DriftAction = (typeof DRIFT_ACTIONS)[number];

export const DRIFT_SIGNALS = ['ewma', 'cusum', 'level', 'outlier', 'reputation'] as const;
export type DriftSignalName = (typeof DRIFT_SIGNALS)[number];

/** A moving average of how much worse than usual a dimension is; see `watchEwma`. */
export interface EwmaRule {
  readonly action: DriftAction;
  readonly weight: number;
  readonly width: number;
}

/** A cumulative sum of the same; see `watchCusum`. */
export interface CusumRule {
  readonly action: DriftAction;
  readonly slack: number;
  readonly threshold: number;
}

/** The level of the same by a Kalman filter; see `filterLevel`. */
export interface LevelRule {
  readonly action: DriftAction;
  /** The variance by which the level wanders from result to result, where a result's own variance is 1. */
  readonly wander: number;
  /** It speaks when the level lies this many of its own standard deviations on the worse side. */
  readonly width: number;
}

/** All dimensions of a result together, by an isolation forest of results as usual; see `growForest`. */
export interface OutlierRule {
  readonly action: DriftAction;
  readonly seed: number;
  /** 0.5 to 1: from where on a result stands out. */
  readonly score: number;
  /** How many results in a row have to. */
  readonly results: number;
}

/** Good and bad results, the older the less; see `addExperience`. */
export interface ReputationRule {
  readonly action: DriftAction;
  readonly halfLifeMs: number;
  /** It speaks when the expectation of the next result is below this. */
  readonly below: number;
}

export interface DriftRule {
  /** How many results a dimension needs before it is compared with what is usual for the node. */
  readonly learn: number;
  /** How many results the usual is a mean of, roughly: older ones fade. */
  readonly memory: number;
  readonly ewma?: EwmaRule | undefined;
  readonly cusum?: CusumRule | undefined;
  readonly level?: LevelRule | undefined;
  readonly outlier?: OutlierRule | undefined;
  readonly reputation?: ReputationRule | undefined;
}

const action = z.enum(DRIFT_ACTIONS).default('advise');
const LONGEST_HALF_LIFE_MS = 366 * 24 * 3_600_000;

export const driftRule = z
  .strictObject({
    learn: z.number().int().min(10, 'must be at least 10').max(10_000).default(50),
    memory: z.number().int().min(10, 'must be at least 10').max(1_000_000).default(1_000),
    ewma: z
      .strictObject({
        action,
        weight: z.number().gt(0, 'must be above 0').max(1).default(0.1),
        width: z.number().min(1, 'must be at least 1').max(20).default(4),
      })
      .optional(),
    cusum: z
      .strictObject({
        action,
        slack: z.number().min(0).max(5).default(0.5),
        threshold: z.number().min(1, 'must be at least 1').max(1_000).default(10),
      })
      .optional(),
    level: z
      .strictObject({
        action,
        wander: z.number().gt(0, 'must be above 0').max(1).default(0.01),
        width: z.number().min(1, 'must be at least 1').max(20).default(3),
      })
      .optional(),
    outlier: z
      .strictObject({
        action,
        seed: z.number().int().min(0).max(0xffff_ffff).default(1),
        score: z.number().min(0.5, 'must be at least 0.5').max(1).default(0.62),
        results: z.number().int().min(1, 'must be at least 1').max(100).default(3),
      })
      .optional(),
    reputation: z
      .strictObject({
        action,
        halfLifeMs: z.number().int().min(1_000, 'must be at least 1000 ms').max(LONGEST_HALF_LIFE_MS),
        below: z.number().gt(0, 'must be above 0').lt(1, 'must be below 1').default(0.8),
      })
      .optional(),
  })
  .superRefine(({ learn, memory, ...rules }, context) => {
    if (DRIFT_SIGNALS.every((signal) => rules[signal] === undefined))
      context.addIssue({
        code: 'custom',
        path: [],
        message: `names no signal: set one of ${DRIFT_SIGNALS.join(', ')}, or remove it`,
      });
    if (memory < learn)
      context.addIssue({
        code: 'custom',
        path: ['memory'],
        message: `${memory} is below learn ${learn}: what is learnt would be forgotten at once`,
      });
  });

/**
 * Where the moving average speaks: the limits that it has after many values, for the standard deviation 1.
 */
export const ewmaLimit = ({ width, weight }: EwmaRule): number => width * Math.sqrt(weight / (2 - weight));

/** Whether a signal of the rule leads to this. */
export function leadsTo(rule: DriftRule | undefined, wanted: DriftAction): boolean {
  return rule !== undefined && DRIFT_SIGNALS.some((signal) => rule[signal]?.action === wanted);
}

/** The rule with the signals alone that make a node declining. */
export function declineAlone({
  learn,
  memory,
  ewma,
  cusum,
  level,
  outlier,
  reputation,
}: DriftRule): DriftRule {
  const declines = <T extends { readonly action: DriftAction }>(signal: T | undefined): T | undefined =>
    signal?.action === 'declining' ? signal : undefined;
  return {
    ...{ learn, memory },
    ewma: declines(ewma),
    cusum: declines(cusum),
    level: declines(level),
    outlier: declines(outlier),
    reputation: declines(reputation),
  };
}
