// Writes one line for each request at debug level: what was asked for and how it ended. Bodies, queries and
// headers are not logged.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { LogField, type Logger } from '@mesh/host';
import type { MiddlewareHandler } from 'hono';

const LONGEST_PATH = 256;

/** For what the framework answers. */
export function accessLog(logger: Logger, monotonicMs: () => number): MiddlewareHandler {
  return async (context, next) => {
    if (!logger.isLevelEnabled('debug')) return next();
    const startedMs = monotonicMs();
    await next();
    const { method, path } = context.req;
    writeLine(logger, { method, path, status: context.res.status, durationMs: monotonicMs() - startedMs });
  };
}

/** For what is answered without the framework. Call it when the request has come; it writes when it ends. */
export function logAnswered(
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
  monotonicMs: () => number,
): void {
  const startedMs = monotonicMs();
  const path = url.split('?', 1)[0] ?? '';
  response.once('close', () =>
    writeLine(logger, { method, path, status: response.statusCode, durationMs: monotonicMs() - startedMs }),
  );
}

interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
}

function writeLine(logger: Logger, { method, path, status, durationMs }: Answered): void {
  logger.debug(
    {
      [LogField.method]: method,
      [LogField.path]: path.slice(0, LONGEST_PATH),
      [LogField.status]: status,
      [LogField.durationMs]: Math.round(durationMs),
    },
    'answered',
  );
}
