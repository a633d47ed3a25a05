// The shape of a suite as it is written.

import * as z from 'zod';
import { findJsonProblem } from './assert-json.ts';
import { DIMENSION } from './dimension.ts';
import { parseLengthRange } from './length-range.ts';
import { normaliseText } from './normalise-text.ts';

export const ASSERTION_TYPES = [
  'contains',
  'not-contains',
  'equals',
  'regex',
  'not-regex',
  'length',
  'json',
  'similar',
  'llm-judge',
] as const;
export type AssertionType = (typeof ASSERTION_TYPES)[number];

/** How alike a `similar` answer must be if the suite does not say. */
export const DEFAULT_THRESHOLD = 0.8;

const PROMPT_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const POOL = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** A variable in a prompt or in the value of an assertion. */
export const VARIABLE_IN_TEXT = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;
const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,128}$/u;
const MAX_VALUES = 100;
const MAX_REPEATS = 100;

const weight = z
  .number('must be a number')
  .positive('must be above 0')
  .max(1_000, 'must be at most 1000')
  .default(1);
const notBlank = (maxChars: number) =>
  z.string('must be text').max(maxChars).regex(/\S/, 'must not be empty');

/** A text, or several that are put in its place one after the other. */
const vars = z.record(
  z.string().regex(VARIABLE, 'must be made of letters, digits and "_"'),
  z.union([notBlank(4_096), z.array(notBlank(4_096)).min(1, 'must hold at least one text').max(MAX_VALUES)], {
    error: 'must be text, or a list of texts',
  }),
);
const repeat = z
  .number('must be a number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(MAX_REPEATS, `must be at most ${MAX_REPEATS}`);
const dimension = z
  .string('must be text')
  .regex(DIMENSION, 'must be made of a-z, 0-9, "_", "." and "-"')
  .refine((name) => name !== 'overall', 'may not be "overall": every prompt counts towards that');

const assertion = z
  .strictObject({
    type: z.enum(ASSERTION_TYPES, `must be one of ${ASSERTION_TYPES.join(', ')}`),
    value: notBlank(4_096).optional(),
    ignoreCase: z.boolean('must be true or false').default(false),
    threshold: z.number('must be a number').gt(0, 'must be above 0').max(1, 'must be at most 1').optional(),
    weight,
  })
  .superRefine(({ type, value, threshold }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    // With variables in it, it is checked when they are filled in.
    const isWhole = value !== undefined && value.search(VARIABLE_IN_TEXT) === -1;
    const problem = isWhole ? findValueProblem(type, value) : undefined;
    if (value === undefined && type !== 'json') refuse('value', 'must be text');
    if (problem !== undefined) refuse('value', problem);
    if (threshold !== undefined && type !== 'similar')
      refuse('threshold', 'belongs to similar only: remove it');
  })
  .transform(({ value = '', threshold = DEFAULT_THRESHOLD, ...others }) => ({
    ...others,
    value,
    ...(others.type === 'similar' ? { threshold } : {}),
  }));

const promptFields = {
  id: z.string('must be text').regex(PROMPT_ID, 'must be made of letters, digits, "_", "." and "-"'),
  dimension: dimension.optional(),
  prompt: notBlank(65_536),
  weight,
  vars: vars.optional(),
  repeat: repeat.optional(),
  assert: z.array(assertion).max(64).default([]),
};
const prompt = z.strictObject(promptFields);
const poolPrompt = z.strictObject({ ...promptFields, paraphraseOf: promptFields.id.optional() });

const groupOf = <T extends z.ZodType>(one: T) =>
  z.strictObject({
    dimension,
    weight,
    vars: vars.optional(),
    repeat: repeat.optional(),
    assert: z.array(assertion).max(64).default([]),
    prompts: z.array(one, 'must be a list of prompts').min(1, 'must hold at least one prompt').max(1_000),
  });

const suiteFields = {
  name: z.string('must be text').regex(ONE_LINE, 'must be one line of at most 128 characters'),
  version: z
    .string('must be text: put it in quotes')
    .regex(ONE_LINE, 'must be one line of at most 128 characters'),
  system: notBlank(65_536).optional(),
  vars: vars.optional(),
};

const promptsOf = <T extends z.ZodType>(one: T) => ({
  prompts: z.array(one, 'must be a list of prompts').max(1_000).optional(),
  groups: z.array(groupOf(one), 'must be a list of groups').max(100).default([]),
});

export const suiteSchema = z.strictObject({ ...suiteFields, ...promptsOf(prompt) });

/** A pool of exam items as it is written: a suite with a name for the pool. */
export const poolSchema = z.strictObject({
  ...suiteFields,
  ...promptsOf(poolPrompt),
  pool: z.string('must be text').regex(POOL, 'must be 1 to 32 of a-z, 0-9 and "-", with no "-" at an end'),
  uses: z
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(1_000_000, 'must be at most 1000000'),
});

/** A suite, or the prompts of a pool. */
export type WrittenSuite = Omit<z.output<typeof poolSchema>, 'pool' | 'uses'>;
export type WrittenPrompt = z.output<typeof poolPrompt>;
export type WrittenAssertion = z.output<typeof assertion>;

/** What is wrong with a value; `undefined` if nothing is. Patterns are compiled, never run. */
export function findValueProblem(type: AssertionType, value: string): string | undefined {
  if (type === 'regex' || type === 'not-regex') return findPatternProblem(value);
  if (type === 'length')
    return parseLengthRange(value) === undefined ? 'must be a range of characters, like 20..400' : undefined;
  if (type === 'json') return findJsonProblem(value);
  // Every answer contains a text that normalises to nothing.
  return normaliseText(value).trim() === '' ? 'must hold more than invisible characters' : undefined;
}

function findPatternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch (error) {
    return `is no regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}
