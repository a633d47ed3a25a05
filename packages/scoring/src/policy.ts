// The admission policy: its shape, its defaults, and the only way to make one from outside input.

import * as z from 'zod';
import { type AlarmRule, alarmRule } from './alarm-rule.ts';
import { type Attestors, attestors } from './attestors.ts';
import { findBandFaults } from './band-faults.ts';
import { canDecline } from './bar.ts';
import { findDecisionFaults } from './decision-faults.ts';
import { DEFAULT_CLASS, MEASURED_BY, type MeasuredBy } from './evidence.ts';
import { type ExamRule, examRule } from './exams/exam-rule.ts';
import { type IntervalRule, intervalRule } from './interval-rule.ts';
import { findPaceFaults } from './pace-faults.ts';
import { floors, metricName, namedValues, score } from './policy-fields.ts';
import { type PolicyProblem, ScoringError } from './scoring-error.ts';
import { type DriftRule, driftRule } from './signals/drift-rule.ts';

/** What a class changes. For everything else it has the policy's own values. */
export interface PolicyClass {
  readonly name: string;
  readonly threshold?: number | undefined;
  /** Overrides the policy's floors metric by metric: 0 removes a floor, other metrics keep theirs. */
  readonly floors?: Readonly<Record<string, number>> | undefined;
  /** Overrides the policy's band value by value: 0 removes a value, the others stay. */
  readonly declining?:
    | {
        readonly below?: number | undefined;
        readonly floors?: Readonly<Record<string, number>> | undefined;
      }
    | undefined;
  /** Whether its nodes may be examiners. Where no class says so, the nodes of every class may. */
  readonly examiner?: boolean | undefined;
  /** Whether its nodes are examined; absent: they are. */
  readonly examined?: boolean | undefined;
}

export interface Policy {
  /** Lowest `overall` that is admitted, 0..1. */
  readonly threshold: number;
  /** Lowest value per metric, 0..1. A metric with a floor must be present, even if the floor is 0. */
  readonly floors: Readonly<Record<string, number>>;
  /** A benchmark of exactly this age is still fresh; one millisecond more is stale. */
  readonly maxBenchmarkAgeMs: number;
  /**
   * How long a node may report that its tunnel fails before it is denied as unreachable; absent: no limit.
   * The caller counts that time, see `Evidence.unreachableSinceMs`.
   */
  readonly unreachableAfterMs?: number | undefined;
  /** How far the measuring clock may be ahead of the arrival clock. */
  readonly futureToleranceMs: number;
  /** Fewest samples per score, by metric name (`overall` included). */
  readonly minSamples?: Readonly<Record<string, number>> | undefined;
  /** Whose measurements count; absent: all measurements. */
  readonly measuredBy?: readonly MeasuredBy[] | undefined;
  /**
   * Whose signature proves `third_party`; absent: it is the node's word. Checked where a benchmark arrives,
   * not here.
   */
  readonly attestors?: Attestors | undefined;
  /**
   * Whether a benchmark must answer the challenge in the node's config. Checked where it arrives, not here.
   */
  readonly requireChallenge: boolean;
  /**
   * How much later than the last counted result a result must be measured, and arrive, to add to a streak; 0:
   * no gap.
   */
  readonly minResultGapMs: number;
  readonly readmission: {
    /** What `overall` must reach after a denial; absent: the threshold of the node's class. */
    readonly threshold?: number | undefined;
    /** How many good results in a row are needed after a denial. */
    readonly consecutiveGood: number;
  };
  /** The warning band above the bar for admission: a node in it is declining, but allowed. */
  readonly declining: {
    /** An `overall` below this is in the band; must be above the threshold. Absent: no band for `overall`. */
    readonly below?: number | undefined;
    /** The same per metric, each above that metric's floor. */
    readonly floors: Readonly<Record<string, number>>;
    /** How many results in a row outside the band restore good standing. */
    readonly consecutiveClear: number;
  };
  readonly classes: readonly PolicyClass[];
  /** How scores with sample counts are compared. Absent: as points, whatever the counts. */
  readonly decision?: IntervalRule | undefined;
  /** Cuts a node when its results together show that a score has sunk below its limit. Absent: no alarm. */
  readonly alarm?: AlarmRule | undefined;
  /** Signals that tell when a node gets worse than it usually is. Absent: none. They never deny. */
  readonly drift?: DriftRule | undefined;
  /** Examiners put items of a sealed pool to a node's service. Absent: nobody is examined. */
  readonly exams?: ExamRule | undefined;
  /** What is asked of a node that is on probation or declining. Absent: nothing. */
  readonly probation?: { readonly measureEveryMs: number } | undefined;
}

export const DEFAULT_THRESHOLD = 0.7;
export const DEFAULT_MAX_BENCHMARK_AGE_MS = 120_000;
export const DEFAULT_FUTURE_TOLERANCE_MS = 30_000;
/** Half of an agent's default interval between two measurements, so that each of its results counts. */
export const DEFAULT_MIN_RESULT_GAP_MS = 15_000;
/** So a node at the edge of its band makes at most two log entries in any three results. */
export const DEFAULT_CONSECUTIVE_CLEAR = 3;

const LONGEST_MS = 366 * 24 * 3_600_000;
const CLASS = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

const durationMs = z.number().int('must be a whole number of milliseconds').max(LONGEST_MS);
const policyClass = z.strictObject({
  name: z.string().regex(CLASS, 'is no class name: use a-z, 0-9 and "-", at most 32 characters'),
  threshold: score.optional(),
  floors: floors.optional(),
  declining: z.strictObject({ below: score.optional(), floors: floors.optional() }).optional(),
  examiner: z.boolean().optional(),
  examined: z.boolean().optional(),
});

const streak = z.number().int().min(1, 'must be at least 1').max(1_000);

const policySchema = z
  .strictObject({
    threshold: score.default(DEFAULT_THRESHOLD),
    floors: floors.default({}),
    maxBenchmarkAgeMs: durationMs.min(1, 'must be at least 1 ms').default(DEFAULT_MAX_BENCHMARK_AGE_MS),
    unreachableAfterMs: durationMs.min(10_000, 'must be at least 10000 ms').optional(),
    futureToleranceMs: durationMs.min(0, 'must not be negative').default(DEFAULT_FUTURE_TOLERANCE_MS),
    minSamples: namedValues.pipe(z.record(metricName, z.number().int().min(1).max(1e9))).optional(),
    measuredBy: z.array(z.enum(MEASURED_BY)).min(1, 'must name who may measure, or be left out').optional(),
    attestors: attestors.optional(),
    requireChallenge: z.boolean().default(false),
    minResultGapMs: durationMs.min(0, 'must not be negative').default(DEFAULT_MIN_RESULT_GAP_MS),
    readmission: z
      .strictObject({
        threshold: score.optional(),
        consecutiveGood: streak.default(1),
      })
      .default({ consecutiveGood: 1 }),
    declining: z
      .strictObject({
        below: score.optional(),
        floors: floors.default({}),
        consecutiveClear: streak.default(DEFAULT_CONSECUTIVE_CLEAR),
      })
      .prefault({}),
    classes: z.array(policyClass).max(256).default([]),
    decision: intervalRule,
    alarm: alarmRule.optional(),
    drift: driftRule.optional(),
    exams: examRule.optional(),
    probation: z
      .strictObject({ measureEveryMs: durationMs.min(1_000, 'must be at least 1000 ms') })
      .optional(),
  })
  .superRefine((policy, ctx) => {
    const { threshold } = policy.readmission;
    if (threshold !== undefined && threshold < policy.threshold) {
      ctx.addIssue({
        code: 'custom',
        path: ['readmission', 'threshold'],
        message: `${threshold} is below threshold ${policy.threshold}: coming back may not be easier than staying`,
      });
    }
    const seen = new Set<string>();
    for (const [index, { name }] of policy.classes.entries()) {
      const message =
        name === DEFAULT_CLASS
          ? `"${DEFAULT_CLASS}" is the policy's own top level: set its values there`
          : `"${name}" is already taken: every class needs a name of its own`;
      if (name === DEFAULT_CLASS || seen.has(name)) {
        ctx.addIssue({ code: 'custom', path: ['classes', index, 'name'], message });
      }
      seen.add(name);
    }
    for (const { path, message } of [
      ...findBandFaults(policy),
      ...findDecisionFaults(policy),
      ...findPaceFaults(policy),
    ])
      ctx.addIssue({ code: 'custom', path, message });
    const streak = findLongStreak(policy);
    const { minResultGapMs, maxBenchmarkAgeMs } = policy;
    if (streak !== undefined && minResultGapMs >= maxBenchmarkAgeMs) {
      ctx.addIssue({
        code: 'custom',
        path: ['minResultGapMs'],
        message: `${minResultGapMs} is not below maxBenchmarkAgeMs ${maxBenchmarkAgeMs}: results so far apart are not in a row, and ${streak} above 1 asks for some; lower it to less than the agents' interval`,
      });
    }
  });

/** The setting that requires more than one result in a row, if there is one. */
function findLongStreak(policy: Policy): string | undefined {
  if (policy.readmission.consecutiveGood > 1) return 'readmission.consecutiveGood';
  const isUsed = policy.declining.consecutiveClear > 1 && canDecline(policy);
  return isUsed ? 'declining.consecutiveClear' : undefined;
}

/**
 * Reads a policy from parsed JSON or YAML: fills in the defaults, refuses unknown keys, and checks fields
 * against each other. The result is deeply frozen.
 *
 * @throws ScoringError `invalid_policy`; the message and `problems` name the path of every problem.
 */
export function parsePolicy(value: unknown): Policy {
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return deepFreeze(parsed.data);
  const problems = parsed.error.issues.flatMap(problemsOf);
  const lines = problems.map(
    ({ path, message }) => `${['policy', ...path.map(String)].join('.')}: ${message}`,
  );
  throw new ScoringError('invalid_policy', `The policy is refused: ${lines.join('; ')}`, problems);
}

function problemsOf(issue: z.core.$ZodIssue): PolicyProblem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const message = 'unknown key, remove it or correct its spelling';
    return issue.keys.map((key) => ({ path: [...path, key], message }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, message: issue.issues.map(({ message }) => message).join(', ') }];
  }
  return [{ path, message: issue.message }];
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
