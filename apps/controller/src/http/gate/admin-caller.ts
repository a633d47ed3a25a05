// Who asks for something at a door of the administration, and whether the role of that caller is enough.

import type { Actor, AdminKeyRecord } from '@mesh/membership';
import { type AdminKeyId, type AdminRole, ProblemError, problem } from '@mesh/protocol';
import type { MiddlewareHandler } from 'hono';

/** The roles from the least to the greatest. Each may do what those before it may. */
export const ranks = [
  'viewer',
  'officer-proposer',
  'operator',
  'root',
] as const satisfies readonly CallerRole[];

/** `root` is the administration socket's. No key and no certificate can have it. */
export type CallerRole = AdminRole | 'root';

export interface AdminCaller {
  /** For the log entries of what the caller does. */
  readonly actor: Actor;
  readonly role: CallerRole;
  /** When the caller's key, certificate or session ends; undefined at the socket. */
  readonly expiresAtMs: number | undefined;
}

/** What every administration route finds in its Hono context. */
export interface AdminEnv {
  readonly Variables: { caller: AdminCaller };
}

export interface KeyCaller extends AdminCaller {
  readonly actor: { readonly kind: 'key'; readonly id: AdminKeyId };
  readonly role: AdminRole;
  readonly expiresAtMs: number;
}

export const callerOfKey = ({ keyId, role, expiresAtMs }: AdminKeyRecord): KeyCaller => ({
  actor: { kind: 'key', id: keyId },
  role,
  expiresAtMs,
});

/** Everybody who can open the socket's file. */
export const SOCKET_CALLER: AdminCaller = {
  actor: { kind: 'socket' },
  role: 'root',
  expiresAtMs: undefined,
};

/**
 * Lets a caller of at least this role pass. Others get the problem `forbidden`, which names the role that is
 * needed.
 */
export function requireRole(least: AdminRole): MiddlewareHandler<AdminEnv> {
  const needed = ranks.indexOf(least);
  return async (context, next) => {
    const { role } = context.get('caller');
    if (ranks.indexOf(role) < needed)
      throw new ProblemError(problem('forbidden', explain(role, least), { role, least_role: least }));
    await next();
  };
}

function explain(role: CallerRole, least: AdminRole): string {
  return `this needs the role ${least}, and the caller has ${role}: use a key with that role (meshctl keys create --role ${least})`;
}
