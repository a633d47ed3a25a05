// Writes one line for each request at debug level: what was asked for and how it ended. Bodies, queries and
// headers are not logged.

import { LogField, type Logger } from '@mesh/host';
import type { MiddlewareHandler } from 'hono';

const LONGEST_PATH = 256;

export function accessLog(logger: Logger, monotonicMs: () => number): MiddlewareHandler {
  return async (context, next) => {
    if (!logger.isLevelEnabled('debug')) return next();
    const startedMs = monotonicMs();
    await next();
    logger.debug(
      {
        [LogField.method]: context.req.method,
        [LogField.path]: context.req.path.slice(0, LONGEST_PATH),
        [LogField.status]: context.res.status,
        [LogField.durationMs]: Math.round(monotonicMs() - startedMs),
      },
      'answered',
    );
  };
}
