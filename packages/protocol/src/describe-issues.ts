// A schema's objections to a value, in one bounded line. Paths and messages quote names that the sender
// chose.

import type * as z from 'zod';
import { printable } from './printable.ts';

const MAX_ISSUES = 5;
const MAX_LENGTH = 512;

type Issue = z.core.$ZodIssue;

/** `peers.0.endpoint: …; version: …`: the first five issues, escaped and truncated. */
export function describeIssues(error: z.ZodError): string {
  const issues = error.issues.flatMap((issue) => innermost(issue, []));
  const shown = issues.slice(0, MAX_ISSUES).map(({ path, message }) => `${path || 'body'}: ${message}`);
  const more = issues.length > MAX_ISSUES ? [`and ${issues.length - MAX_ISSUES} more`] : [];
  return printable([...shown, ...more].join('; '), MAX_LENGTH);
}

/** For a union, the objections of the closest alternative: "Invalid input" would help nobody. */
function innermost(issue: Issue, prefix: readonly PropertyKey[]): { path: string; message: string }[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union') {
    const [closest] = [...issue.errors].sort((a, b) => a.length - b.length);
    if (closest !== undefined && closest.length > 0)
      return closest.flatMap((inner) => innermost(inner, path));
  }
  return [{ path: path.map(String).join('.'), message: issue.message }];
}
