// POST /dashboard/session, GET /dashboard/session and POST /dashboard/session/end: signing in to the
// dashboard with an API key, whose session it is, and signing out.

import type { HttpBindings } from '@hono/node-server';
import { type Clock, LogField, type Logger } from '@mesh/host';
import type { AdminKeyRecord, MeshView } from '@mesh/membership';
import { formatRfc3339, type MeshId } from '@mesh/primitives';
import {
  beginSessionRequest,
  type CurrentSession,
  DASHBOARD_HEADER,
  ProblemError,
  problem,
  type SessionView,
} from '@mesh/protocol';
import type { Context, Handler } from 'hono';
import { findKeyCaller } from '../gate/admin-credentials.ts';
import type { AdminSession, AdminSessions } from '../gate/admin-sessions.ts';
import { isSameOrigin, NO_SESSION_COOKIE, presentedSession, sessionCookie } from '../gate/session-cookie.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import { readMessage } from '../receive/read-message.ts';
import { type DashboardFiles, servedFiles } from '../respond/dashboard-files.ts';

export interface DashboardSessionPorts {
  readonly dashboardFiles: DashboardFiles | undefined;
  readonly sessions: AdminSessions;
  readonly view: MeshView;
  readonly meshId: MeshId;
  readonly sources: SourceAddresses;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Env = { readonly Bindings: HttpBindings };

const NOT_STORED = { 'cache-control': 'no-store' };

export function beginSessionRoute(ports: DashboardSessionPorts): Handler<Env> {
  const { sessions, view, clock, sources, logger } = ports;
  return async (context) => {
    const { message } = await readMessage(context, beginSessionRequest);
    servedFiles(ports.dashboardFiles);
    refuseOthers(context);
    const found = findKeyCaller(view, message.key, Math.floor(clock.nowMs()));
    const key =
      found.kind === 'caller' && 'id' in found.caller.actor
        ? view.adminKey(found.caller.actor.id)
        : undefined;
    if (key === undefined) {
      const source = sources.ofRequest(context.env.incoming) ?? 'unknown';
      const { keyId, fault } = found.kind === 'fault' ? found : { keyId: undefined, fault: 'unknown' };
      logger.warn(
        { [LogField.remoteAddress]: source, [LogField.keyId]: keyId, [LogField.code]: fault },
        'somebody could not sign in to the dashboard',
      );
      throw unauthenticated(
        'this is no API key that is good now: check it, or make one (meshctl keys create)',
      );
    }
    const { token, session } = sessions.begin(key);
    return context.json(viewOf(ports, session, key), 200, {
      ...NOT_STORED,
      'set-cookie': sessionCookie(token, session.endsAtMs - clock.nowMs()),
    });
  };
}

export function sessionRoute(ports: DashboardSessionPorts): Handler<Env> {
  return (context) => {
    servedFiles(ports.dashboardFiles);
    const presented = presentedSession(context.env.incoming.headers);
    const found =
      presented.kind === 'token' ? ports.sessions.find(presented.token, presented.use) : undefined;
    const answer: CurrentSession = { session: found ? viewOf(ports, found.session, found.key) : null };
    return context.json(answer, 200, NOT_STORED);
  };
}

export function endSessionRoute(ports: DashboardSessionPorts): Handler<Env> {
  return (context) => {
    servedFiles(ports.dashboardFiles);
    refuseOthers(context);
    const presented = presentedSession(context.env.incoming.headers);
    if (presented.kind === 'token') ports.sessions.end(presented.token);
    return context.json({ status: 'signed out' }, 200, { ...NOT_STORED, 'set-cookie': NO_SESSION_COOKIE });
  };
}

/** Neither can another site's page sign its visitor in, nor out. */
function refuseOthers(context: Context<Env>): void {
  const { headers } = context.env.incoming;
  if (headers[DASHBOARD_HEADER] === undefined || !isSameOrigin(headers))
    throw new ProblemError(
      problem('forbidden', `only the dashboard's own pages may ask this: they send ${DASHBOARD_HEADER}`),
    );
}

const unauthenticated = (detail: string) => new ProblemError(problem('unauthenticated', detail));

function viewOf(
  { sessions, meshId }: DashboardSessionPorts,
  { endsAtMs }: AdminSession,
  { keyId, name, role }: AdminKeyRecord,
): SessionView {
  return {
    key_id: keyId,
    name,
    role,
    mesh_id: meshId,
    ends_at: formatRfc3339(endsAtMs),
    idle_seconds: Math.floor(sessions.idleMs / 1_000),
  };
}
