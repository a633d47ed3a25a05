// What a policy sets of exams: who is asked what, by how many examiners, and what the outcome leads to.
// Without the block nobody is examined.

import * as z from 'zod';

/** How the examined service is asked. */
export const EXAM_APIS = ['openai', 'anthropic', 'ollama'] as const;
export type ExamApi = (typeof EXAM_APIS)[number];

/** The most items that one examiner asks in one exam. */
export const MAX_EXAM_ITEMS = 200;
/** What a policy says of it if it says nothing; a policy without exams closes those that are open with it. */
export const HONEST_EXAMINER_BUDGET = 10_000;
export const MAX_EXAMINERS = 9;

export const ONE_FAILS = ['ignore', 'probation'] as const;
export const AGREEING_FAIL = ['probation', 'deny'] as const;
export const MISSING = ['ignore', 'probation', 'deny'] as const;
export const GAP_ACTIONS = ['declining', 'probation', 'deny'] as const;
export type ExamAction = 'ignore' | 'declining' | 'probation' | 'deny';

/** The service of an examined node that is asked, at the node's overlay address. */
export interface ExaminedService {
  readonly port: number;
  readonly path: string;
  readonly api: ExamApi;
  readonly model?: string | undefined;
}

/** Recognises the exam: how much worse a node may be examined than by its own measure. */
export interface GapRule {
  /** So much worse is no gap: the node's own suite and the pool differ. 0 to below 1. */
  readonly tolerance: number;
  /** The mean number of examined items to a false cut of a node that is worse by the tolerance. */
  readonly promptsPerFalseCut: number;
  readonly action: (typeof GAP_ACTIONS)[number];
}

export interface ExamRule {
  /** The pool of which the items are drawn. */
  readonly pool: string;
  readonly service: ExaminedService;
  /** How many epochs lie between two exams of a node. */
  readonly everyEpochs: number;
  /** How many items each examiner asks. */
  readonly items: number;
  readonly examiners: number;
  /** How many results that agree it takes for `agreeingFail`. */
  readonly agreeing: number;
  /** How long an exam is open. */
  readonly answerWithinMs: number;
  /** An exam that was closed longer ago than this counts as missing. */
  readonly maxAgeMs: number;
  /** What it leads to if a node fails by the word of fewer examiners than `agreeing`. */
  readonly oneFails: (typeof ONE_FAILS)[number];
  readonly agreeingFail: (typeof AGREEING_FAIL)[number];
  /** What it leads to if a node has no exam that is recent. */
  readonly missing: (typeof MISSING)[number];
  /** Two-sided, of the interval of an examined score. */
  readonly confidence: number;
  /** An honest examiner is outvoted by chance at most once in so many exams. */
  readonly honestExaminerBudget: number;
  /**
   * In the exams of so many different nodes an examiner is outvoted before it loses the role.
   */
  readonly outvotedAfter: number;
  /** The rate of a tunnel between an examiner and a node that is not admitted. */
  readonly tunnelBitsPerSecond: number;
  /** Absent: nothing looks for a gap. */
  readonly gap?: GapRule | undefined;
}

const POOL = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
/** As URLs have it: no query, no fragment, no `..`. */
const PATH = /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~-]+)+$/;
const LONGEST_MS = 366 * 24 * 3_600_000;

const durationMs = z
  .number()
  .int('must be a whole number of milliseconds')
  .min(10_000, 'must be at least 10000 ms')
  .max(LONGEST_MS);
const whole = (least: number, most: number) =>
  z
    .number()
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

export const examRule = z
  .strictObject({
    pool: z.string().regex(POOL, 'is no name of a pool: use a-z, 0-9 and "-", at most 32 characters'),
    service: z.strictObject({
      port: whole(1, 65_535),
      path: z
        .string()
        .max(256)
        .regex(PATH, 'is no path such as /v1/chat/completions')
        .default('/v1/chat/completions'),
      api: z.enum(EXAM_APIS).default('openai'),
      model: z
        .string()
        .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,128}$/u, 'must be one line of at most 128 characters')
        .optional(),
    }),
    everyEpochs: whole(1, 100_000).default(10),
    items: whole(1, MAX_EXAM_ITEMS).default(20),
    examiners: whole(1, MAX_EXAMINERS).default(3),
    agreeing: whole(1, MAX_EXAMINERS).default(2),
    answerWithinMs: durationMs.default(600_000),
    maxAgeMs: durationMs.default(3_600_000),
    oneFails: z.enum(ONE_FAILS).default('probation'),
    agreeingFail: z.enum(AGREEING_FAIL).default('probation'),
    missing: z.enum(MISSING).default('ignore'),
    confidence: z
      .number()
      .min(0.5, 'must be at least 0.5')
      .max(0.9999, 'must be at most 0.9999')
      .default(0.95),
    honestExaminerBudget: whole(100, 1e9).default(HONEST_EXAMINER_BUDGET),
    outvotedAfter: whole(1, 1_000).default(1),
    tunnelBitsPerSecond: whole(10_000, 1e12).default(1_000_000),
    gap: z
      .strictObject({
        tolerance: z.number().min(0, 'must be at least 0').max(0.9, 'must be at most 0.9').default(0.1),
        promptsPerFalseCut: whole(100, 1e9).default(10_000),
        action: z.enum(GAP_ACTIONS).default('deny'),
      })
      .optional(),
  })
  .superRefine(({ agreeing, examiners, answerWithinMs, maxAgeMs }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (agreeing > examiners)
      refuse('agreeing', `${agreeing} is above examiners ${examiners}: so many never agree; lower it`);
    if (maxAgeMs <= answerWithinMs)
      refuse(
        'maxAgeMs',
        `${maxAgeMs} is not above answerWithinMs ${answerWithinMs}: an exam would be missing while the next is open`,
      );
  });

/** Whether exams can make a node declining. */
export function examsDecline(rule: ExamRule | undefined): boolean {
  return rule?.gap?.action === 'declining';
}

/** Whether nodes of the class are examined. */
export function isExamined(
  policy: {
    readonly exams?: ExamRule | undefined;
    readonly classes: readonly { readonly name: string; readonly examined?: boolean | undefined }[];
  },
  className: string,
): boolean {
  if (policy.exams === undefined) return false;
  return policy.classes.find(({ name }) => name === className)?.examined !== false;
}

/**
 * Whether nodes of the class may be drawn as examiners: those of classes with `examiner: true`, or of every
 * class that the policy has if there is none.
 */
export function canExamine(
  policy: {
    readonly exams?: ExamRule | undefined;
    readonly classes: readonly { readonly name: string; readonly examiner?: boolean | undefined }[];
  },
  className: string,
): boolean {
  if (policy.exams === undefined) return false;
  if (!policy.classes.some(({ examiner }) => examiner === true)) return true;
  return policy.classes.find(({ name }) => name === className)?.examiner === true;
}
