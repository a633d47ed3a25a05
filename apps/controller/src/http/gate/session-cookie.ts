// The cookie of a dashboard's session, and which requests it counts for.

import type { IncomingHttpHeaders } from 'node:http';
import { DASHBOARD_HEADER } from '@mesh/protocol';
import type { SessionUse } from './admin-sessions.ts';

/** RFC 6265bis section 4.1.3.2: the prefix binds it to this host, to `/` and to TLS. */
const NAME = '__Host-mesh-session';
/** Of every cookie of the dashboard. */
export const COOKIE_ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';
const TOKEN = /^[0-9a-f]{64}$/;

export const sessionCookie = (token: string, maxAgeMs: number): string =>
  `${NAME}=${token}; ${COOKIE_ATTRIBUTES}; Max-Age=${Math.max(0, Math.floor(maxAgeMs / 1_000))}`;

/** Makes the browser forget it. */
export const NO_SESSION_COOKIE = `${NAME}=; ${COOKIE_ATTRIBUTES}; Max-Age=0`;

export type PresentedSession =
  | { readonly kind: 'none' }
  /** Another site's page may have made the browser send it. */
  | { readonly kind: 'cross_site' }
  | { readonly kind: 'token'; readonly token: string; readonly use: SessionUse };

/**
 * The session that a request presents. A cookie alone is not enough, because browsers send it by themselves:
 * the request must also have the header that only this origin's pages can add, and come from this origin.
 */
export function presentedSession(headers: IncomingHttpHeaders): PresentedSession {
  const use = headers[DASHBOARD_HEADER];
  const token = cookieOf(headers.cookie, NAME, TOKEN);
  if (token === undefined || use === undefined) return { kind: 'none' };
  if (!isSameOrigin(headers) || (use !== 'user' && use !== 'page')) return { kind: 'cross_site' };
  return { kind: 'token', token, use };
}

/**
 * Whether a request comes from a page of this origin, as far as the browser says. `Sec-Fetch-Site` cannot be
 * set by a page. Older browsers send `Origin` alone, with every request that is not a GET.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin === undefined || headers.origin === `https://${headers.host}`;
}

/** @returns undefined if there is none of this name and form */
export function cookieOf(header: string | undefined, cookie: string, form: RegExp): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === cookie && value !== undefined && form.test(value)) return value;
  }
  return undefined;
}
