// Turns the errors of routes into RFC 9457 problem details with a stable code. An unexpected error becomes
// `internal`, and its message is not sent. gate/end-connection.ts answers requests that are refused before
// routing.

import { HostError, LogField, type Logger, StorageUnavailable } from '@mesh/host';
import { PROBLEM_MEDIA_TYPE, type Problem, ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';
import { BrokenUpload } from '../receive/read-message.ts';
import { type Refusal, refused } from './write-answer.ts';

export function answerProblem(details: Problem, retryAfterSeconds?: number): Response {
  return new Response(JSON.stringify(details), {
    status: details.status,
    headers: {
      'content-type': PROBLEM_MEDIA_TYPE,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
  });
}

/** Also ends the connection, so that a caller that continues has to connect again for each request. */
export function tooMany(what: string, waitSeconds: number): Response {
  const refusal = answerProblem(problem('rate_limited', `too many requests ${what}`), waitSeconds);
  refusal.headers.set('connection', 'close');
  return refusal;
}

/** Hono's error handler. */
export function onError(logger: Logger): (error: Error, context: Context) => Response {
  return (error, context) => {
    if (error instanceof BrokenUpload) {
      logger.debug({ [LogField.path]: context.req.path }, error.message);
      return new Response(null, { status: 400 });
    }
    const { details, retryAfterSeconds } = refusalOf(error, logger, context.req.path);
    return answerProblem(details, retryAfterSeconds);
  };
}

/** The refusal that reports an error. What the sender cannot know is logged. */
export function refusalOf(error: unknown, logger: Logger, path: string): Refusal {
  if (error instanceof ProblemError) return refused(error.problem, error.retryAfterSeconds);
  if (
    error instanceof StorageUnavailable ||
    (error instanceof HostError && error.code.startsWith('group_commit_'))
  ) {
    logger.error({ [LogField.error]: error }, 'storage is unavailable');
    return refused(
      problem(
        'storage_unavailable',
        "nothing was stored; a denial is in force all the same. The controller's log says why its database takes nothing now: send the request again when that has passed",
      ),
      1,
    );
  }
  logger.error({ [LogField.error]: error, [LogField.path]: path }, 'a request failed');
  return refused(
    problem('internal', 'the controller failed to handle this request; its log has the details'),
  );
}

/** Hono's handler for requests that match no route. The table tells an unknown path from a wrong method. */
export function onNotFound(table: readonly { readonly path: string }[]): (context: Context) => Response {
  const patterns = table.map(
    ({ path }) => new RegExp(`^${path.replace(/:[a-z_]+/g, '[^/]+').replace(/\*$/, '.+')}$`),
  );
  return (context) => {
    const known = patterns.some((pattern) => pattern.test(context.req.path));
    return known
      ? answerProblem(problem('method_not_allowed', `${context.req.method} is not for this path`))
      : answerProblem(problem('not_found', 'no such path on this listener'));
  };
}
