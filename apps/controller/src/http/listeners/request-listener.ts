// Makes Node's listener out of an app, and answers what Node's parser takes and the framework does not: a
// backslash in the path, an absolute URL that is invalid, a Host header that names no host.

import type { RequestListener } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { problem } from '@mesh/protocol';
import { answerProblem } from '../respond/answer-problem.ts';

/** An app's. */
export type Fetch = (request: Request, env: never) => Response | Promise<Response>;

export function requestListener(fetch: Fetch): RequestListener {
  return getRequestListener(fetch as never, { errorHandler: refuseMalformed });
}

/** It must not throw: nothing would catch that, and the process would end. */
function refuseMalformed(error: unknown): Response {
  return answerProblem(
    error instanceof RequestError
      ? problem('invalid_request', `${error.message}: send a path and a Host header as RFC 9110 has them`)
      : problem('internal', 'the request could not be handled; send it again'),
  );
}
