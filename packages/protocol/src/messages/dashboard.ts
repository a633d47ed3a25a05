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

export const sessionView = z.object({
  key_id: z.string(),
  name: z.string(),
  role: adminRole,
  mesh_id: field.meshId,
  /** The session ends then, however much it is used. */
  ends_at: z.string(),
  /** It ends after this time without a request that says `user`. */
  idle_seconds: field.count,
});
export type SessionView = z.infer<typeof sessionView>;

export const sessionEnd = z.object({ status: z.literal('signed out') });

/** Null: the request came with none that is good. */
export const currentSession = z.object({ session: sessionView.nullable() });
export type CurrentSession = z.infer<typeof currentSession>;
