// One call of a client: sends a request, reads the answer strictly, and turns problem details into errors.

import { defined, parseStrictJson } from '@mesh/primitives';
import type * as z from 'zod';
import { describeIssues } from './describe-issues.ts';
import { ProblemError, parseProblem } from './problems.ts';

/**
 * The part of `fetch` that a client needs. Apps pass one with pinned TLS or a unix socket underneath.
 *
 * `onLine` is for a `fetch` that can give the lines of an `application/jsonl` answer while it arrives. Lines
 * that it gives are not in `text()`.
 */
export type FetchLike = (
  url: string,
  init: {
    method: string;
    headers?: Record<string, string>;
    body?: string;
    signal?: AbortSignal;
    onLine?: (line: string) => void;
  },
) => Promise<{ status: number; headers: { get(name: string): string | null }; text(): Promise<string> }>;

export interface ClientOptions {
  /** Scheme and authority, no trailing slash. */
  readonly baseUrl: string;
  readonly fetch: FetchLike;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where a path of the protocol is at this door; by default it is there as it is. */
  readonly toPath?: (path: string) => string;
}

/** The other side answered with something that this protocol does not know. */
export class ProtocolClientError extends Error {
  readonly code = 'unexpected_answer';
  readonly status: number;
  constructor(status: number, why: string) {
    super(
      `unexpected answer (HTTP ${status}): ${why}; check that the address is a controller's, of this version`,
    );
    this.name = 'ProtocolClientError';
    this.status = status;
  }
}

/** Enough for a full config of thousands of peers. The apps' transport stops reading at the same size. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** No answer makes anybody wait longer than an hour. */
const MAX_RETRY_AFTER_SECONDS = 3600;

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/** A body that fits its schema, and the body as it was received. */
export interface Body<T extends z.ZodType> {
  readonly body: z.infer<T>;
  readonly raw: object;
}

export async function call<T extends z.ZodType>(
  options: ClientOptions,
  request: Call,
  schema: T,
): Promise<Body<T> | undefined> {
  const answer = await send(options, request);
  if (answer.status === 304) return undefined;
  return readBody(await answer.text(), answer, schema);
}

export function send(
  { baseUrl, fetch, headers = {}, toPath = (path) => path }: ClientOptions,
  { method, path, body, signal }: Call,
  onLine?: (line: string) => void,
): ReturnType<FetchLike> {
  return fetch(`${baseUrl}${toPath(path)}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...defined({ signal, onLine }),
  });
}

/** An answer that is text. @throws ProblemError, ProtocolClientError */
export async function callForText(options: ClientOptions, request: Call): Promise<string> {
  const answer = await send(options, request);
  const text = await answer.text();
  if (answer.status !== 200) throw refusalOf(jsonOf(text, answer.status), answer);
  return text;
}

type AnswerHead = Pick<Awaited<ReturnType<FetchLike>>, 'status' | 'headers'>;

/** @throws ProblemError, ProtocolClientError */
export function readBody<T extends z.ZodType>(text: string, head: AnswerHead, schema: T): Body<T> {
  const { status } = head;
  const raw = jsonOf(text, status);
  if (status !== 200) throw refusalOf(raw, head);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new ProtocolClientError(status, describeIssues(parsed.error));
  return { body: parsed.data, raw: raw as object };
}

function jsonOf(text: string, status: number): unknown {
  try {
    return parseStrictJson(text, { maxBytes: MAX_ANSWER_BYTES });
  } catch {
    throw new ProtocolClientError(status, 'the body is not strict JSON');
  }
}

/** What an answer that is not 200 says. */
function refusalOf(raw: unknown, { status, headers }: AnswerHead): ProblemError | ProtocolClientError {
  const details = parseProblem(raw);
  // A body that contradicts its status line was not written by a controller.
  if (details?.status !== status) return new ProtocolClientError(status, 'no problem details of that status');
  return new ProblemError(details, readRetryAfter(headers.get('retry-after')));
}

/** RFC 9110 section 10.2.3, only the form in seconds; a date would need a clock. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null || !/^\d{1,15}$/.test(value)) return undefined;
  return Math.min(Number(value), MAX_RETRY_AFTER_SECONDS);
}

export async function answered<T>(pending: Promise<{ body: T } | undefined>): Promise<T> {
  const result = await pending;
  if (result === undefined) throw notModified();
  return result.body;
}

export const notModified = () => new ProtocolClientError(304, 'not modified, without having been asked');
