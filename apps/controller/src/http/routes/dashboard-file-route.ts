// GET /dashboard/*, for anybody: the files of the dashboard. They are the same for all, and hold nothing of
// the mesh.

import { ProblemError, problem } from '@mesh/protocol';
import type { Context, Env, Handler } from 'hono';
import { type DashboardFile, type DashboardFiles, servedFiles } from '../respond/dashboard-files.ts';

export interface DashboardFilePorts {
  /** Undefined if there is none, or a setting turns it off. */
  readonly dashboardFiles: DashboardFiles | undefined;
}

const ROOT = '/dashboard/';

/**
 * Scripts, styles and connections of this origin only, nothing inline, and no page of others around it: a
 * text of the mesh that got into the page as markup could neither run nor send anything away.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join('; ');

const ALWAYS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
};

export function dashboardFileRoute<E extends Env>({ dashboardFiles }: DashboardFilePorts): Handler<E> {
  return (context) => {
    const files = servedFiles(dashboardFiles);
    const { path } = context.req;
    // Relative names in the page count from here.
    if (!path.startsWith(ROOT)) return context.redirect(ROOT, 308);
    const file = files.get(path.slice(ROOT.length) || 'index.html');
    if (file === undefined) throw new ProblemError(problem('not_found', 'the dashboard has no such file'));
    return answer(context, file);
  };
}

function answer(context: Context, { type, etag, isImmutable, bytes, encoded }: DashboardFile): Response {
  const headers = {
    ...ALWAYS,
    etag,
    'content-type': type,
    'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (context.req.header('if-none-match') === etag) return context.body(null, 304, headers);
  const accepted = acceptedBy(context.req.header('accept-encoding'));
  for (const [encoding, compressed] of encoded)
    if (accepted.has(encoding))
      return context.body(compressed, 200, { ...headers, 'content-encoding': encoding });
  return context.body(bytes, 200, headers);
}

/** RFC 9110 section 12.5.3. An encoding with the weight 0 is refused. */
function acceptedBy(header: string | undefined): ReadonlySet<string> {
  const names = (header ?? '').split(',').flatMap((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(?:\.0{0,3})?$/.test(parameter)) ? [] : [name];
  });
  return new Set(names);
}
