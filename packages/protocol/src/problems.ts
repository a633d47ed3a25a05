// Every way in which a request can fail, as RFC 9457 problem details with a stable code.

import * as z from 'zod';
import { printable } from './printable.ts';
import { problemCatalogue as catalogue } from './problem-catalogue.ts';

export type ProblemCode = keyof typeof catalogue;
export const problemCodes = Object.keys(catalogue) as ProblemCode[];

/** What a code says of itself, wherever it comes from. */
export interface ProblemDescription {
  readonly code: ProblemCode;
  /** Of HTTP. */
  readonly status: number;
  readonly title: string;
  /** What the caller, or the operator, does next. */
  readonly remedy: string;
}

/** Every code, in the order of their status. */
export const problemDescriptions: readonly ProblemDescription[] = problemCodes.map((code) => {
  const [status, title, remedy] = catalogue[code];
  return { code, status, title, remedy };
});

/**
 * RFC 9457 problem details, with extension members (`last_sequence`, `skew_ms`, …) beside the standard ones.
 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly [extension: string]: string | number | readonly string[];
}

type Extensions = Record<string, string | number | readonly string[]>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Builds the problem for a code; `detail` says what happened and what to do next. */
export function problem(code: ProblemCode, detail: string, extensions: Extensions = {}): Problem {
  const [status, title] = catalogue[code];
  return { ...extensions, type: `urn:aligned-mesh:problem:${code}`, title, status, code, detail };
}

const wireProblem = z
  .object({
    type: z.string().max(256),
    title: z.string().max(256),
    status: z.number().int().min(400).max(599),
    code: z.enum(problemCodes as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().max(8192),
  })
  .catchall(z.unknown());

const extension = z.union([z.string().max(1024), z.number(), z.array(z.string().max(1024)).max(64)]);

/**
 * Reads problem details from an answer; `undefined` if the body is something else. Drops extension members
 * that are not a string, a number or a list of strings (RFC 9457 section 3.2: unknown extensions are
 * ignored).
 */
export function parseProblem(body: unknown): Problem | undefined {
  const parsed = wireProblem.safeParse(body);
  if (!parsed.success) return undefined;
  const { type, title, status, code, detail, ...rest } = parsed.data;
  const extensions = Object.entries(rest).filter(([, value]) => extension.safeParse(value).success);
  return { ...(Object.fromEntries(extensions) as Extensions), type, title, status, code, detail };
}

/** Carries a problem to the code that answers with it, or to the caller of a client. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly retryAfterSeconds: number | undefined;

  constructor(details: Problem, retryAfterSeconds?: number) {
    super(`${details.code}: ${printable(details.detail)}`);
    this.name = 'ProblemError';
    this.problem = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
