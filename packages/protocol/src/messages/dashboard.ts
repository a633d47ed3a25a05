// Signing in to the dashboard: an API key is exchanged for a session, which is in a cookie.

import * as z from 'zod';
import * as field from '../fields.ts';
import { adminRole } from './admin-key.ts';

/**
 * In every request that counts by its session. A page of another origin cannot send it without being asked
 * first, and the controller answers no such question. `user`: somebody uses the page, so the session goes on.
 * `page`: the page asks by itself.
 */
export const DASHBOARD_HEADER = 'mesh-dashboard';

export const beginSessionRequest = z.strictObject({
  /** An API key: `mesh_key_…`. */
  key: z.string().min(1).max(256),
});

/** The page asks for a sign-in by OpenID Connect. */
export const beginOpenIdRequest = z.strictObject({});

export const openIdSignIn = z.object({
  /** Where the page sends the browser: the provider's authorisation endpoint. */
  url: z.string(),
});
export type OpenIdSignIn = z.infer<typeof openIdSignIn>;

export const finishOpenIdRequest = z.strictObject({
  /** The query with which the provider sent the browser back, without its question mark. */
  answer: z.string().min(1).max(4_096),
});

export const sessionView = z.object({
  /** Of the API key that it was begun with; absent if OpenID Connect began it. */
  key_id: z.string().optional(),
  /** What the log calls a person who signed in by OpenID Connect: the issuer's host, `/` and the subject. */
  person: z.string().optional(),
  name: z.string(),
  role: adminRole,
  mesh_id: field.meshId,
  /** The session ends then, however much it is used. */
  ends_at: z.string(),
  /** It ends after this time without a request that says `user`. */
  idle_seconds: field.count,
});
export type SessionView = z.infer<typeof sessionView>;

export const sessionEnd = z.object({
  status: z.literal('signed out'),
  /** Where the page sends the browser next, so that the person is signed out at the provider too. */
  provider_url: z.string().optional(),
});
export type SessionEnd = z.infer<typeof sessionEnd>;

export const currentSession = z.object({
  /** Null: the request came with none that is good. */
  session: sessionView.nullable(),
  /** Absent if there is no sign-in by OpenID Connect. `name`: what people call the provider. */
  open_id: z.object({ name: z.string() }).optional(),
});
export type CurrentSession = z.infer<typeof currentSession>;
