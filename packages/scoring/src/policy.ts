// The admission policy: its shape, its defaults, and the only way to make one from outside input.

import { z } from 'zod';
import { DEFAULT_CLASS, MEASURED_BY, type MeasuredBy } from './evidence.ts';
import { ScoringError } from './scoring-error.ts';

/** What a class changes; everything that it leaves out is the policy's own. */
export interface PolicyClass {
  readonly name: string;
  readonly threshold?: number | undefined;
  /** Laid over the policy's floors metric by metric: 0 takes a floor away, other metrics keep theirs. */
  readonly floors?: Readonly<Record<string, number>> | undefined;
}

export interface Policy {
  /** Lowest `overall` that is admitted, 0..1. */
  readonly threshold: number;
  /** Lowest value per metric, 0..1. A metric with a floor must be present, a floor of 0 included. */
  readonly floors: Readonly<Record<string, number>>;
  /** A benchmark of exactly this age is still fresh; one millisecond more is stale. */
  readonly maxBenchmarkAgeMs: number;
  /** How far the measuring clock may be ahead of the arrival clock. */
  readonly futureToleranceMs: number;
  /** Fewest samples per score, by metric name (`overall` included). */
  readonly minSamples?: Readonly<Record<string, number>> | undefined;
  /** Whose measurements count; absent: anybody's. */
  readonly measuredBy?: readonly MeasuredBy[] | undefined;
  /** Whether a benchmark must answer the challenge in the node's config. Checked where it arrives, not here. */
  readonly requireChallenge: boolean;
  readonly readmission: {
    /** What `overall` must reach after a denial; absent: the threshold of the node's class. */
    readonly threshold?: number | undefined;
    /** How many good results in a row it takes after a denial. */
    readonly consecutiveGood: number;
  };
  readonly classes: readonly PolicyClass[];
}

export const DEFAULT_THRESHOLD = 0.7;
export const DEFAULT_MAX_BENCHMARK_AGE_MS = 120_000;
export const DEFAULT_FUTURE_TOLERANCE_MS = 30_000;

const LONGEST_MS = 366 * 24 * 3_600_000;
const METRIC = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
const CLASS = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

const score = z
  .number('must be a number from 0 to 1')
  .min(0, 'must be at least 0')
  .max(1, 'must be at most 1');
const durationMs = z.number().int('must be a whole number of milliseconds').max(LONGEST_MS);
const metricName = z
  .string()
  .regex(METRIC, 'is no metric name: use a-z, 0-9, "_", "." and "-", at most 64 characters');

/** zod drops a key "__proto__" from a record without a word; a floor that is not enforced must be said. */
const namedValues = z
  .unknown()
  .refine(
    (named) => typeof named !== 'object' || named === null || !Object.hasOwn(named, '__proto__'),
    'may not hold the key "__proto__"',
  );

const floors = namedValues
  .pipe(z.record(metricName, score))
  .refine((named) => !Object.hasOwn(named, 'overall'), 'may not hold "overall": set threshold instead');

const policyClass = z.strictObject({
  name: z.string().regex(CLASS, 'is no class name: use a-z, 0-9 and "-", at most 32 characters'),
  threshold: score.optional(),
  floors: floors.optional(),
});

const policySchema = z
  .strictObject({
    threshold: score.default(DEFAULT_THRESHOLD),
    floors: floors.default({}),
    maxBenchmarkAgeMs: durationMs.min(1, 'must be at least 1 ms').default(DEFAULT_MAX_BENCHMARK_AGE_MS),
    futureToleranceMs: durationMs.min(0, 'must not be negative').default(DEFAULT_FUTURE_TOLERANCE_MS),
    minSamples: namedValues.pipe(z.record(metricName, z.number().int().min(1).max(1e9))).optional(),
    measuredBy: z.array(z.enum(MEASURED_BY)).min(1, 'must name who may measure, or be left out').optional(),
    requireChallenge: z.boolean().default(false),
    readmission: z
      .strictObject({
        threshold: score.optional(),
        consecutiveGood: z.number().int().min(1, 'must be at least 1').max(1_000).default(1),
      })
      .default({ consecutiveGood: 1 }),
    classes: z.array(policyClass).max(256).default([]),
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
  });

/**
 * Reads a policy out of parsed JSON or YAML: fills in the defaults, refuses unknown keys, checks fields
 * against each other. The result is frozen all the way down.
 *
 * @throws ScoringError `invalid_policy`; the message names the path of every problem.
 */
export function parsePolicy(value: unknown): Policy {
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return deepFreeze(parsed.data);
  const problems = parsed.error.issues.flatMap(describeIssue);
  throw new ScoringError('invalid_policy', `The policy is refused: ${problems.join('; ')}`);
}

/** The bar that a node of one class has to clear. */
export interface Bar {
  readonly className: string;
  readonly threshold: number;
  readonly floors: Readonly<Record<string, number>>;
}

/** The bar of a class; `undefined` where the policy knows no class of that name. */
export function barOf(policy: Policy, className: string = DEFAULT_CLASS): Bar | undefined {
  if (className === DEFAULT_CLASS) return { className, threshold: policy.threshold, floors: policy.floors };
  const own = policy.classes.find(({ name }) => name === className);
  if (own === undefined) return undefined;
  return {
    className,
    threshold: own.threshold ?? policy.threshold,
    floors: own.floors === undefined ? policy.floors : { ...policy.floors, ...own.floors },
  };
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const at = ['policy', ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${at}.${key}: unknown key, remove it or correct its spelling`);
  }
  if (issue.code === 'invalid_key') {
    return [`${at}: ${issue.issues.map(({ message }) => message).join(', ')}`];
  }
  return [`${at}: ${issue.message}`];
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
