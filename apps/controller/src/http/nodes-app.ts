// The nodes listener: every path needs a client certificate, TLS sees to that before a byte is read.

import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { routes } from '@mesh/protocol';
import { Hono, type MiddlewareHandler } from 'hono';
import type { Services } from '../services.ts';
import { accessLog } from './access-log.ts';
import { onError, onNotFound } from './answer-problem.ts';
import { Authenticator } from './authenticate.ts';
import type { Callers } from './callers.ts';
import { confirmConfigVersion } from './confirm-config-version.ts';
import type { MemberGate } from './member-gate.ts';
import type { NodesEnv } from './nodes-env.ts';
import { plainAddress } from './plain-address.ts';
import { appliedRoute } from './routes/applied-route.ts';
import { benchmarkRoute } from './routes/benchmark-route.ts';
import { certificateRoute } from './routes/certificate-route.ts';
import { configRoute } from './routes/config-route.ts';
import { endpointRoute } from './routes/endpoint-route.ts';
import { nodeEpochRoute } from './routes/epoch-route.ts';
import { leaveRoute } from './routes/leave-route.ts';

export function createNodesApp(services: Services, callers: Callers, gate: MemberGate): Hono<NodesEnv> {
  const authenticator = new Authenticator(services.view, callers, () => services.clock.nowMs());
  const app = new Hono<NodesEnv>();
  app.use(accessLog(services.logger, () => services.clock.monotonicMs()));
  const authenticated: MiddlewareHandler<NodesEnv> = async (context, next) => {
    const socket = context.env.incoming.socket as TLSSocket;
    const node = authenticator.node(socket, context.req.param('node_id'));
    services.presence.see(node.nodeId, services.clock.nowMs());
    context.set('node', node);
    context.set('arrival', gate.arrivalOf(context.env.incoming as IncomingMessage));
    const { remoteAddress } = socket;
    context.set('remoteAddress', remoteAddress === undefined ? undefined : plainAddress(remoteAddress));
    await next();
  };
  const confirmed = confirmConfigVersion(services);
  app.post(routes.submitBenchmark, authenticated, confirmed, benchmarkRoute(services));
  app.get(routes.config, authenticated, configRoute(services));
  app.get(routes.epoch, authenticated, confirmed, nodeEpochRoute(services));
  app.post(routes.reportEndpoint, authenticated, confirmed, endpointRoute(services));
  app.post(routes.reportApplied, authenticated, confirmed, appliedRoute(services));
  app.post(routes.leave, authenticated, leaveRoute(services));
  app.post(routes.renewCertificate, authenticated, confirmed, certificateRoute(services));
  app.notFound(
    onNotFound([
      routes.submitBenchmark,
      routes.config,
      routes.epoch,
      routes.reportEndpoint,
      routes.leave,
      routes.reportApplied,
      routes.renewCertificate,
    ]),
  );
  app.onError(onError(services.logger));
  return app;
}
