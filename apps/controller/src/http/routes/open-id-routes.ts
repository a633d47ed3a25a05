// POST /dashboard/openid and POST /dashboard/openid/finish: signing in to the dashboard by OpenID Connect.
// The page asks where to send the browser, and hands in what the provider sent it back with.

import type { HttpBindings } from '@hono/node-server';
import { type Clock, LogField, type Logger } from '@mesh/host';
import type { MeshId } from '@mesh/primitives';
import {
  beginOpenIdRequest,
  finishOpenIdRequest,
  type OpenIdSignIn,
  ProblemError,
  problem,
} from '@mesh/protocol';
import type { Context, Handler } from 'hono';
import type { AdminSessions } from '../gate/admin-sessions.ts';
import { SignInError } from '../gate/open-id/explain-provider-error.ts';
import type { OpenIdDoor } from '../gate/open-id/open-id-door.ts';
import type { TicketFault } from '../gate/open-id/sign-in-tickets.ts';
import { NO_TICKET_COOKIE } from '../gate/open-id/sign-in-tickets.ts';
import { refuseOtherPages } from '../gate/own-page.ts';
import { sessionCookie } from '../gate/session-cookie.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import { readMessage } from '../receive/read-message.ts';
import { type DashboardFiles, servedFiles } from '../respond/dashboard-files.ts';
import { sessionViewOf } from '../respond/session-view.ts';
import { tellSignIn } from '../respond/tell-session.ts';

export interface OpenIdPorts {
  readonly dashboardFiles: DashboardFiles | undefined;
  /** Undefined without the setting `dashboard.oidc`. */
  readonly openId: OpenIdDoor | undefined;
  readonly sessions: AdminSessions;
  readonly meshId: MeshId;
  readonly sources: SourceAddresses;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Env = { readonly Bindings: HttpBindings };

const NOT_STORED = { 'cache-control': 'no-store' };

const TICKETS: Readonly<Record<TicketFault, string>> = {
  none: 'this browser has begun no sign-in, or the controller was started again: begin again',
  expired: 'the sign-in took too long: begin again',
  other_browser: 'the answer is not to the sign-in that this browser began last: begin again',
  used: 'this answer was used before: begin again',
  busy: 'too many sign in at this time: try again in some minutes',
};

export function beginOpenIdRoute(ports: OpenIdPorts): Handler<Env> {
  return async (context) => {
    await readMessage(context, beginOpenIdRequest);
    const door = doorOf(ports, context);
    const { cookie, secrets } = door.tickets.begin();
    const answer: OpenIdSignIn = {
      url: await door.provider
        .authorizationUrl(door.redirectUri(context.env.incoming), secrets)
        .catch((error: unknown) => refuse(ports, context, error)),
    };
    return context.json(answer, 200, { ...NOT_STORED, 'set-cookie': cookie });
  };
}

export function finishOpenIdRoute(ports: OpenIdPorts): Handler<Env> {
  const { sessions, clock } = ports;
  return async (context) => {
    const { message } = await readMessage(context, finishOpenIdRequest);
    const door = doorOf(ports, context);
    const { incoming } = context.env;
    const parameters = new URLSearchParams(message.answer);
    const ticket = door.tickets.redeem(incoming.headers, parameters.get('state'));
    if (ticket.kind !== 'redeemed')
      return refuse(ports, context, new SignInError('refused', ticket.kind, TICKETS[ticket.kind]));
    const person = await door.provider
      .identify(door.redirectUri(incoming), parameters, ticket.secrets)
      .catch((error: unknown) => refuse(ports, context, error));
    const begun = sessions.begin({ kind: 'person', ...person });
    if (begun === undefined) throw new Error('a session of a person needs no key');
    const { token, session, caller } = begun;
    tellSignIn(ports, incoming, session, caller.role);
    const answer = context.json(sessionViewOf(ports, session, caller), 200, NOT_STORED);
    answer.headers.append('set-cookie', sessionCookie(token, session.endsAtMs - clock.nowMs()));
    answer.headers.append('set-cookie', NO_TICKET_COOKIE);
    return answer;
  };
}

/** @throws ProblemError `not_found` where nobody can sign in so, `forbidden` for pages of others */
function doorOf({ dashboardFiles, openId }: OpenIdPorts, context: Context<Env>): OpenIdDoor {
  servedFiles(dashboardFiles);
  if (openId === undefined)
    throw new ProblemError(
      problem('not_found', 'nobody signs in to this controller by OpenID Connect: set dashboard.oidc'),
    );
  refuseOtherPages(context.env.incoming.headers);
  return openId;
}

/** Never returns. @throws ProblemError for a SignInError; otherwise `error` itself */
function refuse({ sources, logger }: OpenIdPorts, context: Context<Env>, error: unknown): never {
  if (!(error instanceof SignInError)) throw error;
  logger.warn(
    {
      [LogField.remoteAddress]: sources.ofRequest(context.env.incoming) ?? 'unknown',
      [LogField.code]: error.reason,
    },
    'somebody could not sign in to the dashboard by OpenID Connect',
  );
  throw new ProblemError(
    problem(error.fault === 'refused' ? 'sign_in_refused' : 'provider_unavailable', error.message),
  );
}
