// Every way in which a request can fail, as RFC 9457 problem details with a stable code.

import * as z from 'zod';
import { printable } from './printable.ts';

const catalogue = {
  invalid_request: [400, 'The path or the Host header of the request is not valid'],
  malformed_json: [400, 'The body is not strict JSON'],
  invalid_message: [400, 'The message does not have the form that is asked for'],
  invalid_parameter: [400, 'A query parameter is not valid'],
  mesh_mismatch: [400, 'The message names another mesh'],
  node_mismatch: [400, 'The message, the path and the certificate name different nodes'],
  unauthenticated: [401, 'No valid client certificate or key was presented'],
  forbidden: [403, 'The role of the caller does not allow this'],
  node_unknown: [403, 'This node is not enrolled here'],
  node_revoked: [403, 'This node has been revoked'],
  bad_signature: [403, 'The signature does not verify'],
  token_invalid: [403, 'The join token is unknown, expired or spent'],
  token_binding: [403, 'The join token is bound to another node'],
  enrolment_refused: [403, 'The rules for enrolments of this mesh do not let the node in'],
  key_spent: [403, 'A key was named that no node may have again'],
  officers_required: [403, 'This needs the signatures of officers'],
  officer_unknown: [403, 'The signature is not one of an officer of this mesh'],
  possession_failed: [403, 'A key was named whose possession was not proven'],
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'This path does not take that method'],
  sequence_replayed: [409, 'The sequence number is not above the last accepted one'],
  sequence_too_far: [409, 'The sequence number is far above the last accepted one and the time'],
  instance_conflict: [409, 'Another agent is running with this identity'],
  query_outstanding: [409, 'This node already has a blocking query open'],
  challenge_expired: [409, 'The enrolment challenge is unknown or has expired'],
  node_exists: [409, 'A node of this name is enrolled with another identity'],
  request_replayed: [409, 'A request with this id was carried out before'],
  request_stale: [409, 'The request was made for another state'],
  too_few_signatures: [409, 'Too few officers have signed'],
  too_many_requests: [409, 'This officer has too many requests that are open'],
  state_conflict: [409, 'The node is not in a state that allows this'],
  length_required: [411, 'The body must say how long it is'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body must be application/json'],
  clock_skew: [422, 'The clock of the sender is off'],
  benchmark_stale: [422, 'The benchmark is too old'],
  benchmark_from_future: [422, 'The benchmark lies in the future'],
  request_early: [422, 'The officer request is not valid yet'],
  request_expired: [422, 'The officer request has expired'],
  challenge_wrong: [422, 'The benchmark does not answer the current challenge'],
  attestation_wrong: [422, 'The attestation does not prove what the benchmark says'],
  policy_refused: [422, 'The policy is not valid, or does not fit the other settings'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'The controller failed; this is a bug'],
  storage_unavailable: [503, 'The controller cannot write to its database now'],
  addresses_exhausted: [503, 'The overlay network has no free address'],
  not_ready: [503, 'The controller is starting or stopping'],
} as const;

export type ProblemCode = keyof typeof catalogue;
export const problemCodes = Object.keys(catalogue) as ProblemCode[];

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
