// Reads a suite, or a pool of exam items, from YAML; errors name the line.

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
import type * as z from 'zod';
import type { SuiteProblem } from './expand-suite.ts';
import { HarnessError } from './harness-error.ts';

const MAX_SUITE_CHARS = 1_048_576;

export interface SuiteText<T> {
  readonly written: T;
  /** The error for problems in what is written. */
  refuse(problems: readonly SuiteProblem[]): HarnessError;
}

/**
 * Reads YAML 1.2 (and so JSON) strictly: unknown keys, repeated keys, aliases, custom tags and multiple
 * documents are refused.
 *
 * @throws HarnessError `invalid_suite`; the message names line and path of every problem.
 */
export function readSuiteText<T extends z.ZodType>(text: string, schema: T): SuiteText<z.output<T>> {
  if (typeof text !== 'string' || text.length > MAX_SUITE_CHARS) {
    throw new HarnessError('invalid_suite', `A suite is text of at most ${MAX_SUITE_CHARS} characters`);
  }
  const lines = new LineCounter();
  const document = readYaml(text, lines);
  const value: unknown = document.toJS();
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw refuse(parsed.error.issues.flatMap((issue) => describeIssue(issue, document, lines)));
  return {
    written: parsed.data,
    refuse: (problems) =>
      refuse(problems.map(({ path, message }) => `${placeOf(path, document, lines)}: ${message}`)),
  };
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
