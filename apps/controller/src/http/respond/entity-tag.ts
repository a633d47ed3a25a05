// Entity tags: who asks again with the tag of what it has gets 304 in place of the same answer (RFC 9110,
// sections 8.8.3 and 13.1.2).

import { createHash } from 'node:crypto';
import type { Context, Env, MiddlewareHandler } from 'hono';

/** A strong tag of these bytes. */
export function entityTagOf(bytes: string | Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('base64url')}"`;
}

/** Whether the request names the tag. Weak comparison, as the section on If-None-Match asks. */
export function holdsTag(context: Context, tag: string): boolean {
  const named = context.req.header('if-none-match');
  if (named === undefined) return false;
  if (named.trim() === '*') return true;
  return named.split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
}

/** Tags answers with status 200. Their bodies are read whole, so it is not for answers that go on. */
export function tagged<E extends Env>(): MiddlewareHandler<E> {
  return async (context, next) => {
    await next();
    const answer = context.res;
    if (answer.status !== 200) return;
    const body = new Uint8Array(await answer.arrayBuffer());
    const headers = new Headers(answer.headers);
    const tag = entityTagOf(body);
    headers.set('etag', tag);
    headers.set('cache-control', 'private, no-cache');
    context.res = undefined;
    if (holdsTag(context, tag)) {
      headers.delete('content-type');
      headers.delete('content-length');
      context.res = new Response(null, { status: 304, headers });
    } else context.res = new Response(body, { status: 200, headers });
  };
}
