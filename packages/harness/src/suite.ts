// A canary suite: its shape, and its reader from YAML, whose errors name the line.

import {
  type Document,
  isMap,
  isNode,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
} from 'yaml';
import { z } from 'zod';
import { HarnessError } from './harness-error.ts';
import { normaliseText } from './normalise-text.ts';

export const ASSERTION_TYPES = ['contains', 'not-contains', 'equals', 'regex', 'not-regex'] as const;
export type AssertionType = (typeof ASSERTION_TYPES)[number];

export interface Assertion {
  readonly type: AssertionType;
  /** The text to look for, or the pattern in ECMAScript syntax (flag `u`, unanchored). */
  readonly value: string;
  readonly ignoreCase: boolean;
  readonly weight: number;
}

export interface SuitePrompt {
  readonly id: string;
  /** The score that this prompt counts towards, in addition to `overall`. */
  readonly dimension: string;
  readonly prompt: string;
  readonly weight: number;
  readonly assert: readonly Assertion[];
}

export interface Suite {
  readonly name: string;
  readonly version: string;
  /** The system message that goes before every prompt; absent: the service's own behaviour is measured. */
  readonly system?: string | undefined;
  readonly prompts: readonly SuitePrompt[];
}

const MAX_SUITE_CHARS = 1_048_576;
const DIMENSION = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
const PROMPT_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,128}$/u;

const weight = z
  .number('must be a number')
  .positive('must be above 0')
  .max(1_000, 'must be at most 1000')
  .default(1);
const notBlank = (maxChars: number) =>
  z.string('must be text').max(maxChars).regex(/\S/, 'must not be empty');

const assertion = z
  .strictObject({
    type: z.enum(ASSERTION_TYPES, `must be one of ${ASSERTION_TYPES.join(', ')}`),
    value: notBlank(4_096),
    ignoreCase: z.boolean('must be true or false').default(false),
    weight,
  })
  .superRefine(({ type, value }, ctx) => {
    const isPattern = type === 'regex' || type === 'not-regex';
    const problem = isPattern ? findPatternProblem(value) : findTextProblem(value);
    if (problem !== undefined) ctx.addIssue({ code: 'custom', path: ['value'], message: problem });
  });

const suiteSchema = z
  .strictObject({
    name: z.string('must be text').regex(ONE_LINE, 'must be one line of at most 128 characters'),
    version: z
      .string('must be text: put it in quotes')
      .regex(ONE_LINE, 'must be one line of at most 128 characters'),
    system: notBlank(65_536).optional(),
    prompts: z
      .array(
        z.strictObject({
          id: z.string('must be text').regex(PROMPT_ID, 'must be made of letters, digits, "_", "." and "-"'),
          dimension: z
            .string('must be text')
            .regex(DIMENSION, 'must be made of a-z, 0-9, "_", "." and "-"')
            .refine((name) => name !== 'overall', 'may not be "overall": every prompt counts towards that'),
          prompt: notBlank(65_536),
          weight,
          assert: z.array(assertion).min(1, 'must hold at least one assertion').max(64),
        }),
        'must be a list of prompts',
      )
      .min(1, 'must hold at least one prompt')
      .max(1_000),
  })
  .superRefine(({ prompts }, ctx) => {
    const firstAt = new Map<string, number>();
    for (const [index, { id }] of prompts.entries()) {
      const first = firstAt.get(id);
      if (first !== undefined) {
        const message = `"${id}" is already the id of prompt ${first + 1}: give each its own`;
        ctx.addIssue({ code: 'custom', path: ['prompts', index, 'id'], message });
      }
      firstAt.set(id, first ?? index);
    }
  });

/**
 * Reads a suite from YAML 1.2 (and so from JSON). Unknown keys, repeated keys, aliases, custom tags and
 * multiple documents are refused, so that what a reviewer reads is what runs. Patterns are compiled to check
 * their syntax, never run.
 *
 * @throws HarnessError `invalid_suite`; the message names line and path of every problem.
 */
export function parseSuite(text: string): Suite {
  if (typeof text !== 'string' || text.length > MAX_SUITE_CHARS) {
    throw new HarnessError('invalid_suite', `A suite is text of at most ${MAX_SUITE_CHARS} characters`);
  }
  const lines = new LineCounter();
  const document = readYaml(text, lines);
  const value: unknown = document.toJS();
  const parsed = suiteSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse(parsed.error.issues.flatMap((issue) => describeIssue(issue, document, lines)));
}

function readYaml(text: string, lines: LineCounter): Document.Parsed {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false });
  } catch {
    throw refuse(['it is nested too deeply to be read']);
  }
  const problems: string[] = [...document.errors, ...document.warnings].map(
    ({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`,
  );
  if (problems.length > 0) throw refuse(problems);
  visit(document, {
    Alias: (_key, alias) => {
      const { line } = lines.linePos(alias.range?.[0] ?? 0);
      problems.push(`line ${line}: the alias *${alias.source} is not allowed, write its value out`);
    },
  });
  if (problems.length > 0) throw refuse(problems);
  return document;
}

/** Every answer contains a text that normalises to nothing. */
function findTextProblem(text: string): string | undefined {
  return normaliseText(text).trim() === '' ? 'must hold more than invisible characters' : undefined;
}

/** What is wrong with a pattern; `undefined` if nothing is. */
function findPatternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch (error) {
    return `is no regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function describeIssue(issue: z.core.$ZodIssue, document: Document.Parsed, lines: LineCounter): string[] {
  const at = (path: readonly PropertyKey[]) =>
    `line ${lineOf(document, path, lines)}: ${path.map(String).join('.') || 'the suite'}`;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${at([...issue.path, key])}: unknown key, remove it or correct its spelling`,
    );
  }
  return [`${at(issue.path)}: ${issue.message}`];
}

/** The line of the value at a path, of its key for an entry of a map, or else of what encloses it. */
function lineOf(document: Document.Parsed, path: readonly PropertyKey[], lines: LineCounter): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isMap<ParsedNode, ParsedNode>(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(step));
      offset = startOf(pair?.key) ?? offset;
      node = pair?.value;
    } else {
      node = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
      offset = startOf(node) ?? offset;
    }
    if (node === undefined) break;
  }
  return lines.linePos(offset).line;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function refuse(problems: readonly string[]): HarnessError {
  return new HarnessError('invalid_suite', `The suite is refused: ${problems.join('; ')}`);
}
