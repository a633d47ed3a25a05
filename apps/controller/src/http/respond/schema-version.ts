// Says in the head of each JSON answer of the administration in which version of the schemas it is.

import { SCHEMA_VERSION, SCHEMA_VERSION_HEADER } from '@mesh/protocol';
import type { Env, MiddlewareHandler } from 'hono';

export function tellSchemaVersion<E extends Env>(): MiddlewareHandler<E> {
  return async (context, next) => {
    await next();
    if (context.res.headers.get('content-type')?.startsWith('application/json') === true)
      context.header(SCHEMA_VERSION_HEADER, String(SCHEMA_VERSION));
  };
}
