// The app behind the nodes listener. Every path needs a client certificate. TLS demands it before any byte of
// a request is read.

import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock, Logger } from '@mesh/host';
import type { MeshView } from '@mesh/membership';
import { Hono, type MiddlewareHandler } from 'hono';
import type { Presence } from '../../publish/presence.ts';
import { Authenticator } from '../gate/authenticate.ts';
import type { Callers } from '../gate/callers.ts';
import type { MemberGate } from '../gate/member-gate.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import { authenticatorPorts } from '../receive/authenticator-ports.ts';
import { confirmConfigVersion } from '../receive/confirm-config-version.ts';
import { accessLog } from '../respond/access-log.ts';
import { onError, onNotFound } from '../respond/answer-problem.ts';
import { type MemberRoutesPorts, memberRoutes } from './member-routes.ts';

export type NodesPorts = MemberRoutesPorts & {
  readonly view: MeshView;
  readonly presence: Presence;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sources: SourceAddresses;
};

export function createNodesApp(ports: NodesPorts, callers: Callers, gate: MemberGate): Hono<NodesEnv> {
  const { view, presence, clock, logger, sources } = ports;
  const authenticator = new Authenticator(view, callers, () => clock.nowMs(), authenticatorPorts(ports));
  const app = new Hono<NodesEnv>();
  app.use(accessLog(logger, () => clock.monotonicMs()));
  const authenticated: MiddlewareHandler<NodesEnv> = async (context, next) => {
    const socket = context.env.incoming.socket as TLSSocket;
    const node = authenticator.node(socket, context.req.param('node_id'));
    presence.see(node.nodeId, clock.nowMs());
    context.set('node', node);
    context.set('arrival', gate.arrivalOf(context.env.incoming as IncomingMessage));
    context.set('remoteAddress', sources.of(socket));
    await next();
  };
  const confirmed = confirmConfigVersion(ports);
  for (const { method, path, handler, confirmsVersion } of memberRoutes) {
    if (handler === undefined) continue;
    app.on(method, path, authenticated, ...(confirmsVersion ? [confirmed] : []), handler(ports));
  }
  app.notFound(onNotFound(memberRoutes));
  app.onError(onError(logger));
  return app;
}
