// Which failures pass by themselves when a controller is restarted, or has too much to do for a moment.

import { HostError } from '@mesh/host';
import { ProblemError, ProtocolClientError } from '@mesh/protocol';
import { systemCodeOf } from './explain-failure.ts';

const PASSING_PROBLEMS: readonly string[] = ['rate_limited', 'storage_unavailable', 'not_ready'];
/** What a proxy answers while nothing is behind it. */
const GATEWAY_STATUSES: readonly number[] = [502, 503, 504];
/** A socket is not there, or nobody listens, between two processes. */
const PASSING_CODES: readonly string[] = [
  ...['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EAGAIN', 'TIMEOUT'],
  ...['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ENOTFOUND'],
];

export function isPassing(error: unknown): boolean {
  if (error instanceof ProblemError) return PASSING_PROBLEMS.includes(error.problem.code);
  if (error instanceof ProtocolClientError) return GATEWAY_STATUSES.includes(error.status);
  if (error instanceof HostError) return error.code === 'connection_failed';
  return PASSING_CODES.includes(systemCodeOf(error) ?? '');
}
