// POST /dashboard/session, GET /dashboard/session and POST /dashboard/session/end: signing in to the
// dashboard with an API key, whose session it is, and signing out.

import type { HttpBindings } from '@hono/node-server';
import { type Clock, LogField, type Logger } from '@mesh/host';
import type { MeshView } from '@mesh/membership';
import { defined, type MeshId } from '@mesh/primitives';
import {
  beginSessionRequest,
  type CurrentSession,
  ProblemError,
  problem,
  type SessionEnd,
} from '@mesh/protocol';
import type { Handler } from 'hono';
import { findKeyCaller } from '../gate/admin-credentials.ts';
import type { AdminSessions } from '../gate/admin-sessions.ts';
import type { OpenIdDoor } from '../gate/open-id/open-id-door.ts';
import { refuseOtherPages } from '../gate/own-page.ts';
import { NO_SESSION_COOKIE, presentedSession, sessionCookie } from '../gate/session-cookie.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import { readMessage } from '../receive/read-message.ts';
import { type DashboardFiles, servedFiles } from '../respond/dashboard-files.ts';
import { sessionViewOf } from '../respond/session-view.ts';
import { tellSignIn, tellSignOut } from '../respond/tell-session.ts';

export interface DashboardSessionPorts {
  readonly dashboardFiles: DashboardFiles | undefined;
  readonly sessions: AdminSessions;
  /** Undefined if nobody signs in by OpenID Connect. */
  readonly openId: OpenIdDoor | undefined;
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
    refuseOtherPages(context.env.incoming.headers);
    const found = findKeyCaller(view, message.key, Math.floor(clock.nowMs()));
    const begun =
      found.kind === 'caller' ? sessions.begin({ kind: 'key', keyId: found.caller.actor.id }) : undefined;
    if (begun === undefined) {
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
    const { token, session, caller } = begun;
    tellSignIn(ports, context.env.incoming, session, caller.role);
    return context.json(sessionViewOf(ports, session, caller), 200, {
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
    const answer: CurrentSession = {
      session: found ? sessionViewOf(ports, found.session, found.caller) : null,
      ...(ports.openId === undefined ? {} : { open_id: { name: ports.openId.provider.name } }),
    };
    return context.json(answer, 200, NOT_STORED);
  };
}

export function endSessionRoute(ports: DashboardSessionPorts): Handler<Env> {
  const { sessions, openId } = ports;
  return async (context) => {
    const { incoming } = context.env;
    servedFiles(ports.dashboardFiles);
    refuseOtherPages(incoming.headers);
    const presented = presentedSession(incoming.headers);
    const ended =
      presented.kind === 'token' ? sessions.find(presented.token, presented.use)?.session : undefined;
    if (presented.kind === 'token') sessions.end(presented.token);
    if (ended !== undefined) tellSignOut(ports, incoming, ended);
    const providerUrl =
      ended?.owner.kind === 'person' && openId !== undefined
        ? await openId.provider.signOutUrl(openId.redirectUri(incoming))
        : undefined;
    const answer: SessionEnd = {
      status: 'signed out',
      ...defined({ provider_url: providerUrl }),
    };
    return context.json(answer, 200, { ...NOT_STORED, 'set-cookie': NO_SESSION_COOKIE });
  };
}

const unauthenticated = (detail: string) => new ProblemError(problem('unauthenticated', detail));
