// The app behind the public listener, which anybody may use. Requests are counted by source address, because
// callers have no certificate that would identify them.

import type { HttpBindings } from '@hono/node-server';
import { type AddressRateLimit, type Clock, type Logger, networkOf } from '@mesh/host';
import { publicOperations } from '@mesh/protocol';
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
import { beginOpenIdRoute, finishOpenIdRoute, type OpenIdPorts } from '../routes/open-id-routes.ts';
import { openApiPageRoute, openApiRoute } from '../routes/openapi-routes.ts';
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
  OpenIdPorts &
  DashboardFilePorts;

export const publicRoutes: readonly Route<PublicRoutesPorts, PublicEnv>[] = [
  { ...publicOperations.health, handler: publicHealthRoute },
  { ...publicOperations.ca, handler: caRoute },
  { ...publicOperations.challenge, handler: challengeRoute },
  { ...publicOperations.enrol, handler: enrolRoute },
  { ...publicOperations.logCheckpoint, handler: checkpointRoute },
  { ...publicOperations.logTile, handler: tileRoute },
  { ...publicOperations.logProof, handler: logProofRoute },
  { ...publicOperations.openedItems, handler: openedItemsRoute },
  { ...publicOperations.openApi, handler: openApiRoute },
  { ...publicOperations.openApiPage, handler: openApiPageRoute },
  { ...publicOperations.dashboardSession, handler: sessionRoute },
  { ...publicOperations.beginDashboardSession, handler: beginSessionRoute },
  { ...publicOperations.endDashboardSession, handler: endSessionRoute },
  { ...publicOperations.beginOpenId, handler: beginOpenIdRoute },
  { ...publicOperations.finishOpenId, handler: finishOpenIdRoute },
  // Behind those with a path of their own.
  { ...publicOperations.dashboard, handler: dashboardFileRoute },
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
