// Typed clients over an injected `fetch`: for the nodes listener, for enrolment, and for local
// administration.

import { defined, parseNodeId, parseStrictJson } from '@mesh/primitives';
import type { z } from 'zod';
import { describeIssues } from './describe-issues.ts';
import * as admin from './messages/admin.ts';
import { type AppliedMessage, appliedAnswer } from './messages/applied.ts';
import { type BenchmarkMessage, benchmarkAnswer } from './messages/benchmark.ts';
import { configAnswer } from './messages/config.ts';
import { acknowledgement, type EndpointMessage } from './messages/endpoint.ts';
import {
  certificateAnswer,
  type EnrolmentMessage,
  enrolmentAnswer,
  enrolmentChallenge,
} from './messages/enrolment.ts';
import { epochStatus, health } from './messages/epoch-status.ts';
import type { LeaveMessage } from './messages/leave.ts';
import type { MaintenanceMessage } from './messages/officer-request.ts';
import { ProblemError, parseProblem } from './problems.ts';
import { pathOf } from './routes.ts';

/** The part of `fetch` that a client needs. Apps pass one with pinned TLS or a unix socket underneath. */
export type FetchLike = (
  url: string,
  init: { method: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal },
) => Promise<{ status: number; headers: { get(name: string): string | null }; text(): Promise<string> }>;

export interface ClientOptions {
  /** Scheme and authority, no trailing slash. */
  readonly baseUrl: string;
  readonly fetch: FetchLike;
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

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

async function call<T extends z.ZodType>(
  { baseUrl, fetch }: ClientOptions,
  request: Call,
  schema: T,
): Promise<{ body: z.infer<T>; raw: object } | undefined> {
  const answer = await fetch(`${baseUrl}${request.path}`, {
    method: request.method,
    ...(request.body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(request.body) }),
    ...defined({ signal: request.signal }),
  });
  if (answer.status === 304) return undefined;
  const text = await answer.text();
  let raw: unknown;
  try {
    raw = parseStrictJson(text, { maxBytes: MAX_ANSWER_BYTES });
  } catch {
    throw new ProtocolClientError(answer.status, 'the body is not strict JSON');
  }
  if (answer.status !== 200) {
    const details = parseProblem(raw);
    // A body that contradicts its status line was not written by a controller.
    if (details?.status !== answer.status)
      throw new ProtocolClientError(answer.status, 'no problem details of that status');
    throw new ProblemError(details, readRetryAfter(answer.headers.get('retry-after')));
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new ProtocolClientError(answer.status, describeIssues(parsed.error));
  return { body: parsed.data, raw: raw as object };
}

/** RFC 9110 section 10.2.3, only the form in seconds; a date would need a clock. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null || !/^\d{1,15}$/.test(value)) return undefined;
  return Math.min(Number(value), MAX_RETRY_AFTER_SECONDS);
}

async function answered<T>(pending: Promise<{ body: T } | undefined>): Promise<T> {
  const result = await pending;
  if (result === undefined) throw notModified();
  return result.body;
}

const notModified = () => new ProtocolClientError(304, 'not modified, without having been asked');

/**
 * Requests of a node to its controller. Calls reject with ProblemError, ProtocolClientError, or what `fetch`
 * rejects with.
 *
 * @throws PrimitivesError `invalid_node_id`
 */
export function createNodeClient(options: ClientOptions, node: string) {
  const nodeId = parseNodeId(node);
  return {
    submitBenchmark: (body: BenchmarkMessage, signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('submitBenchmark', nodeId), body, signal },
          benchmarkAnswer,
        ),
      ),
    /**
     * `undefined`: nothing has changed since `version`. `raw` is the received body: the caller must check its
     * signature, mesh and node before using any of it.
     */
    config: async (
      query: { version?: string; waitSeconds?: number; instanceId?: string },
      signal?: AbortSignal,
    ) => {
      const parameters = new URLSearchParams();
      if (query.version !== undefined) parameters.set('version', query.version);
      if (query.waitSeconds !== undefined) parameters.set('wait', `${query.waitSeconds}s`);
      if (query.instanceId !== undefined) parameters.set('instance', query.instanceId);
      const answer = await call(
        options,
        { method: 'GET', path: `${pathOf('config', nodeId)}?${parameters}`, signal },
        configAnswer,
      );
      if (answer === undefined && query.version === undefined) throw notModified();
      return answer;
    },
    epoch: (signal?: AbortSignal) =>
      answered(call(options, { method: 'GET', path: pathOf('epoch'), signal }, epochStatus)),
    reportEndpoint: (body: EndpointMessage, signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('reportEndpoint', nodeId), body, signal },
          acknowledgement,
        ),
      ),
    reportApplied: (body: AppliedMessage, signal?: AbortSignal) =>
      answered(
        call(options, { method: 'POST', path: pathOf('reportApplied', nodeId), body, signal }, appliedAnswer),
      ),
    leave: (body: LeaveMessage, signal?: AbortSignal) =>
      answered(
        call(options, { method: 'POST', path: pathOf('leave', nodeId), body, signal }, acknowledgement),
      ),
    renewCertificate: (csrPem: string, signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('renewCertificate', nodeId), body: { csr_pem: csrPem }, signal },
          certificateAnswer,
        ),
      ),
  };
}
export type NodeClient = ReturnType<typeof createNodeClient>;

/** Requests that anybody may make. */
export function createPublicClient(options: ClientOptions) {
  return {
    health: (signal?: AbortSignal) =>
      answered(call(options, { method: 'GET', path: pathOf('health'), signal }, health)),
    challenge: (signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('enrolmentChallenge'), body: {}, signal },
          enrolmentChallenge,
        ),
      ),
    enrol: (body: EnrolmentMessage, signal?: AbortSignal) =>
      answered(call(options, { method: 'POST', path: pathOf('enrol'), body, signal }, enrolmentAnswer)),
  };
}
export type PublicClient = ReturnType<typeof createPublicClient>;

/**
 * Requests of the local operator, over the controller's unix socket. Calls reject like those of a node. Calls
 * about a node also reject with PrimitivesError `invalid_node_id`.
 */
export function createAdminClient(options: ClientOptions) {
  const changeStatus =
    (route: 'quarantine' | 'release' | 'revoke') => async (nodeId: string, reason: string) =>
      answered(
        call(options, { method: 'POST', path: pathOf(route, nodeId), body: { reason } }, admin.nodeSummary),
      );
  return {
    createToken: (body: admin.CreateTokenRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('createToken'), body }, admin.createTokenAnswer)),
    nodes: () => answered(call(options, { method: 'GET', path: pathOf('nodes') }, admin.nodeList)),
    node: async (nodeId: string) =>
      answered(call(options, { method: 'GET', path: pathOf('node', nodeId) }, admin.nodeDetail)),
    quarantine: changeStatus('quarantine'),
    release: changeStatus('release'),
    revoke: changeStatus('revoke'),
    /** Lowers those last sequences that are ahead of the controller's clock to the present. */
    resetSequence: async (nodeId: string, reason: string) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('resetSequence', nodeId), body: { reason } },
          admin.sequenceReset,
        ),
      ),
    epoch: () => answered(call(options, { method: 'GET', path: pathOf('epoch') }, epochStatus)),
    rotate: () =>
      answered(call(options, { method: 'POST', path: pathOf('rotate'), body: {} }, admin.rotateAnswer)),
    maintenance: () =>
      answered(call(options, { method: 'GET', path: pathOf('maintenance') }, admin.maintenanceStatus)),
    /** Signed by an officer. The window that it opens replaces an open one. */
    startMaintenance: (body: MaintenanceMessage) =>
      answered(call(options, { method: 'POST', path: pathOf('maintenance'), body }, admin.maintenanceStatus)),
    endMaintenance: () =>
      answered(
        call(options, { method: 'POST', path: pathOf('endMaintenance'), body: {} }, admin.maintenanceStatus),
      ),
    log: (query: { from?: number; limit?: number } = {}) => {
      const parameters = new URLSearchParams();
      if (query.from !== undefined) parameters.set('from', String(query.from));
      if (query.limit !== undefined) parameters.set('limit', String(query.limit));
      return answered(
        call(options, { method: 'GET', path: `${pathOf('log')}?${parameters}` }, admin.logPage),
      );
    },
  };
}
export type AdminClient = ReturnType<typeof createAdminClient>;
