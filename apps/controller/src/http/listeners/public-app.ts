// The app behind the public listener, which anybody may use. Requests are counted by source address, because
// callers have no certificate that would identify them.

import type { HttpBindings } from '@hono/node-server';
import { type AddressRateLimit, type Clock, type Logger, networkOf } from '@mesh/host';
import { routes } from '@mesh/protocol';
import { Hono } from 'hono';
import type { FloodWatch } from '../gate/flood-watch.ts';
import { addRoutes, type Route } from '../gate/route-table.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import { accessLog } from '../respond/access-log.ts';
import { onError, onNotFound, tooMany } from '../respond/answer-problem.ts';
import { type CaPorts, caRoute } from '../routes/ca-route.ts';
import { type DashboardFilePorts, dashboardFileRoute } from '../routes/dashboard-file-route.ts';
import {
  beginSessionRoute,
  type DashboardSessionPorts,
  endSessionRoute,
  sessionRoute,
} from '../routes/dashboard-session-routes.ts';
import {
  type ChallengePorts,
  challengeRoute,
  type EnrolPorts,
  enrolRoute,
} from '../routes/enrolment-routes.ts';
import { type PublicHealthPorts, publicHealthRoute } from '../routes/health-routes.ts';
import { logProofRoute } from '../routes/log-proof-route.ts';
import { checkpointRoute, type PublishedLogPorts, tileRoute } from '../routes/log-tile-routes.ts';
import { type OpenedItemsPorts, openedItemsRoute } from '../routes/opened-items-route.ts';

interface PublicEnv {
  readonly Bindings: HttpBindings;
}

export type PublicRoutesPorts = PublicHealthPorts &
  CaPorts &
  ChallengePorts &
  EnrolPorts &
  PublishedLogPorts &
  OpenedItemsPorts &
  DashboardSessionPorts &
  DashboardFilePorts;

export const publicRoutes: readonly Route<PublicRoutesPorts, PublicEnv>[] = [
  { method: 'GET', path: routes.health, handler: publicHealthRoute },
  { method: 'GET', path: routes.ca, handler: caRoute },
  { method: 'POST', path: routes.enrolmentChallenge, handler: challengeRoute },
  { method: 'POST', path: routes.enrol, handler: enrolRoute },
  { method: 'GET', path: routes.logCheckpoint, handler: checkpointRoute },
  { method: 'GET', path: routes.logTile, handler: tileRoute },
  { method: 'GET', path: routes.logProof, handler: logProofRoute },
  { method: 'GET', path: routes.openedItems, handler: openedItemsRoute },
  { method: 'GET', path: routes.dashboardSession, handler: sessionRoute },
  { method: 'POST', path: routes.dashboardSession, handler: beginSessionRoute },
  { method: 'POST', path: routes.endDashboardSession, handler: endSessionRoute },
  // Behind those with a path of their own.
  { method: 'GET', path: routes.dashboard, handler: dashboardFileRoute },
];

export type PublicPorts = PublicRoutesPorts & {
  readonly addressRateLimit: AddressRateLimit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sources: SourceAddresses;
  readonly flood: FloodWatch;
};

export function createPublicApp(ports: PublicPorts): Hono<PublicEnv> {
  const { addressRateLimit, clock, logger, sources, flood } = ports;
  const app = new Hono<PublicEnv>();
  app.use(accessLog(logger, () => clock.monotonicMs()));
  app.use(async (context, next) => {
    const source = sources.ofRequest(context.env.incoming) ?? 'unknown';
    const waitSeconds = await addressRateLimit.waitSeconds(source);
    if (waitSeconds === 0) return next();
    flood.count('address_rate', networkOf(source));
    return tooMany('from this address', waitSeconds);
  });
  addRoutes(app, publicRoutes, ports);
  app.notFound(onNotFound(publicRoutes));
  app.onError(onError(logger));
  return app;
}
