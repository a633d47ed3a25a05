// The network door of the administration: /v1/admin/… on the public listener, for API keys, sessions of the
// dashboard and client certificates of the admin CA. Everything below that path is refused to callers who are
// not known.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { type AddressRateLimit, type Clock, LogField, type Logger, networkOf, type Timers } from '@mesh/host';
import type { MeshEvent, MeshView } from '@mesh/membership';
import { networkAdminPath, problem } from '@mesh/protocol';
import type { Context, MiddlewareHandler } from 'hono';
import type { ControllerConfig } from '../../settings/config.ts';
import type { SqliteJournal } from '../../store/sqlite-journal.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { AdminCredentials, type Credentials } from '../gate/admin-credentials.ts';
import { AdminKeyUses } from '../gate/admin-key-uses.ts';
import { AdminRequests } from '../gate/admin-requests.ts';
import type { AdminSessions } from '../gate/admin-sessions.ts';
import { drop } from '../gate/end-connection.ts';
import type { FloodWatch } from '../gate/flood-watch.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import { saysJson } from '../receive/read-message.ts';
import { answerProblem, tooMany } from '../respond/answer-problem.ts';
import type { AdminDoor } from './admin-app.ts';

export interface NetworkAdminPorts {
  readonly config: ControllerConfig;
  readonly view: MeshView;
  readonly journal: Pick<SqliteJournal, 'run' | 'onCommit'>;
  readonly addressRateLimit: AddressRateLimit;
  readonly sources: SourceAddresses;
  readonly flood: FloodWatch;
  readonly sessions: AdminSessions;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

type NetworkEnv = AdminEnv & { readonly Bindings: HttpBindings };

const ROOT = networkAdminPath('/');

/** Whether the target of a request is below /v1/admin. */
export const isNetworkAdmin = (target: string | undefined): boolean => target?.startsWith(ROOT) === true;

export function networkAdminDoor(ports: NetworkAdminPorts): AdminDoor {
  const { config, view, journal, sessions, clock, timers } = ports;
  const credentials = new AdminCredentials(view, config.admin_certificates, sessions, () => clock.nowMs());
  const requests = new AdminRequests(clock, timers, config.limits.admin_per_minute);
  journal.onCommit((events: readonly MeshEvent[]) => {
    for (const event of events) {
      if (event.type !== 'admin_key_expired') continue;
      sessions.forgetThoseOf(event.keyId);
      requests.end({ kind: 'key', id: event.keyId });
    }
  });
  const uses = new AdminKeyUses(ports);
  const identify: MiddlewareHandler<NetworkEnv> = async (context, next) => {
    const incoming = context.env.incoming as IncomingMessage;
    const found = credentials.of(incoming);
    if (found.kind === 'fault')
      return refuseStranger(ports, ports.sources.ofRequest(incoming) ?? 'unknown', found);
    const { caller, session } = found;
    const outgoing = context.env.outgoing as ServerResponse;
    const waitSeconds = requests.waitSeconds(caller);
    if (waitSeconds > 0) return tooMany('with this key or certificate', waitSeconds);
    if (isForm(context)) return noForms();
    requests.follow(caller, incoming, outgoing);
    if (session !== undefined)
      outgoing.once(
        'close',
        sessions.onEnd(session, () => drop(incoming.socket)),
      );
    uses.note(caller);
    context.set('caller', caller);
    return next();
  };
  return { identify: identify as unknown as MiddlewareHandler<AdminEnv>, toPath: networkAdminPath };
}

type Stranger = Extract<Credentials, { kind: 'fault' }>;

/** Counts the request by its address, and logs what is wrong unless there were too many from there. */
async function refuseStranger(
  { addressRateLimit, flood, logger }: NetworkAdminPorts,
  source: string,
  { fault, keyId }: Stranger,
): Promise<Response> {
  const waitSeconds = await addressRateLimit.waitSeconds(source);
  if (waitSeconds > 0) {
    flood.count('address_rate', networkOf(source));
    return tooMany('from this address', waitSeconds);
  }
  logger.warn(
    { [LogField.remoteAddress]: source, [LogField.keyId]: keyId, [LogField.code]: fault },
    'a request for the administration was refused: its caller is not known',
  );
  return unauthenticated();
}

/** The same answer whatever is wrong. */
function unauthenticated(): Response {
  const refusal = answerProblem(
    problem(
      'unauthenticated',
      'present an API key that has not ended (meshctl --key-file), or a client certificate of the admin CA that admin_certificates names',
    ),
  );
  refusal.headers.set('www-authenticate', 'Bearer realm="aligned-mesh"');
  return refusal;
}

/**
 * Whether a browser could send the request for a page of somebody else. It presents the user's certificate by
 * itself, but asks the server first before it sends JSON.
 */
function isForm(context: Context): boolean {
  return !['GET', 'HEAD'].includes(context.req.method) && !saysJson(context);
}

const noForms = () =>
  answerProblem(
    problem('unsupported_media_type', 'send a body as application/json, {} if there is nothing to say'),
  );
