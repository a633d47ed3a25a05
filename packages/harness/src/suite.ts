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
import type { z } from 'zod';
import { expandSuite } from './expand-suite.ts';
import { HarnessError } from './harness-error.ts';
import { type AssertionType, suiteSchema } from './suite-schema.ts';

export interface Assertion {
  readonly type: AssertionType;
  /**
   * The text to look for; the pattern in ECMAScript syntax (flag `u`, unanchored); the range of lengths; the
   * JSON that the answer must hold, or nothing; the text that the answer must be like; the criterion of a
   * judge.
   */
  readonly value: string;
  readonly ignoreCase: boolean;
  /** How alike a `similar` answer must be, above 0 and at most 1; default 0.8. */
  readonly threshold?: number;
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

/**
 * Reads a suite from YAML 1.2 (and so from JSON). Unknown keys, repeated keys, aliases, custom tags and
 * multiple documents are refused, so that what a reviewer reads is what runs. Patterns are compiled to check
 * their syntax, never run. Groups, variables and repeats are written out.
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
  if (!parsed.success)
    throw refuse(parsed.error.issues.flatMap((issue) => describeIssue(issue, document, lines)));
  const suite = expandSuite(parsed.data);
  if (!('problems' in suite)) return suite;
  throw refuse(suite.problems.map(({ path, message }) => `${placeOf(path, document, lines)}: ${message}`));
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

function describeIssue(issue: z.core.$ZodIssue, document: Document.Parsed, lines: LineCounter): string[] {
  const at = (path: readonly PropertyKey[]) => placeOf(path, document, lines);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${at([...issue.path, key])}: unknown key, remove it or correct its spelling`,
    );
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${at(issue.path)}: ${message}`);
  return [`${at(issue.path)}: ${issue.message}`];
}

function placeOf(path: readonly PropertyKey[], document: Document.Parsed, lines: LineCounter): string {
  return `line ${lineOf(document, path, lines)}: ${path.map(String).join('.') || 'the suite'}`;
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
