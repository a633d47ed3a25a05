// GET /v1/openapi.json and GET /v1/openapi.html, for anybody: the HTTP interface of this controller as a
// document for programs, and as a page for people that loads nothing else. Neither is made before somebody
// asks.

import { createHash } from 'node:crypto';
import { type OpenApiDocument, openApiPage, PAGE_STYLE } from '@mesh/protocol';
import type { Context, Env, Handler } from 'hono';
import { entityTagOf, holdsTag } from '../respond/entity-tag.ts';

interface Made {
  readonly text: string;
  readonly tag: string;
}

/** Made when it is first asked for, and kept. */
function once(make: () => Promise<string>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () => {
    made ??= make().then((text) => ({ text, tag: entityTagOf(text) }));
    return made;
  };
}

async function readDocument(): Promise<OpenApiDocument> {
  const { default: document } = await import('@mesh/protocol/openapi.json', { with: { type: 'json' } });
  return document;
}

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');
const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function openApiRoute<E extends Env>(): Handler<E> {
  const document = once(async () => JSON.stringify(await readDocument()));
  return async (context) => answer(context, await document(), { 'content-type': 'application/openapi+json' });
}

export function openApiPageRoute<E extends Env>(): Handler<E> {
  const page = once(async () => openApiPage(await readDocument()));
  return async (context) =>
    answer(context, await page(), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
      'referrer-policy': 'no-referrer',
    });
}

/** It changes only with the controller's version; a client that has it asks whether it is still the same. */
function answer(context: Context, { text, tag }: Made, headers: Record<string, string>): Response {
  const common = { etag: tag, 'cache-control': 'public, no-cache', 'x-content-type-options': 'nosniff' };
  if (holdsTag(context, tag)) return context.body(null, 304, common);
  return context.body(text, 200, { ...headers, ...common });
}
