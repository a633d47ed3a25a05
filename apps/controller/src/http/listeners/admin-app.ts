// The app behind the administration socket. Anybody who may open the socket's file counts as the operator.

import type { Clock, Logger } from '@mesh/host';
import { routes } from '@mesh/protocol';
import { Hono } from 'hono';
import type { BlankEnv } from 'hono/types';
import { addRoutes, type Route } from '../gate/route-table.ts';
import { accessLog } from '../respond/access-log.ts';
import { onError, onNotFound } from '../respond/answer-problem.ts';
import type { NodeDetailPorts } from '../respond/node-summary.ts';
import { type ChangeStatusPorts, changeStatusRoute } from '../routes/change-status-route.ts';
import { type CreateTokenPorts, createTokenRoute } from '../routes/create-token-route.ts';
import { type EpochPorts, epochRoute } from '../routes/epoch-route.ts';
import { type AdminHealthPorts, adminHealthRoute } from '../routes/health-routes.ts';
import { type LogPorts, logRoute } from '../routes/log-route.ts';
import {
  endMaintenanceRoute,
  maintenanceRoute,
  type StartMaintenancePorts,
  startMaintenanceRoute,
} from '../routes/maintenance-routes.ts';
import { nodeRoute, nodesRoute } from '../routes/node-routes.ts';
import { type ResetSequencePorts, resetSequenceRoute } from '../routes/reset-sequence-route.ts';
import { type RotatePorts, rotateRoute } from '../routes/rotate-route.ts';

export type AdminRoutesPorts = AdminHealthPorts &
  EpochPorts &
  NodeDetailPorts &
  CreateTokenPorts &
  RotatePorts &
  StartMaintenancePorts &
  LogPorts &
  ChangeStatusPorts &
  ResetSequencePorts;

export const adminRoutes: readonly Route<AdminRoutesPorts, BlankEnv>[] = [
  { method: 'GET', path: routes.health, handler: adminHealthRoute },
  { method: 'GET', path: routes.epoch, handler: epochRoute },
  { method: 'GET', path: routes.nodes, handler: nodesRoute },
  { method: 'GET', path: routes.node, handler: nodeRoute },
  { method: 'POST', path: routes.createToken, handler: createTokenRoute },
  { method: 'POST', path: routes.rotate, handler: rotateRoute },
  { method: 'GET', path: routes.log, handler: logRoute },
  { method: 'POST', path: routes.quarantine, handler: changeStatusRoute('quarantine') },
  { method: 'POST', path: routes.release, handler: changeStatusRoute('release') },
  { method: 'POST', path: routes.revoke, handler: changeStatusRoute('revoke') },
  { method: 'POST', path: routes.resetSequence, handler: resetSequenceRoute },
  { method: 'GET', path: routes.maintenance, handler: maintenanceRoute },
  { method: 'POST', path: routes.maintenance, handler: startMaintenanceRoute },
  { method: 'POST', path: routes.endMaintenance, handler: endMaintenanceRoute },
];

export type AdminPorts = AdminRoutesPorts & { readonly clock: Clock; readonly logger: Logger };

export function createAdminApp(ports: AdminPorts): Hono {
  const { clock, logger } = ports;
  const app = new Hono();
  app.use(accessLog(logger, () => clock.monotonicMs()));
  addRoutes(app, adminRoutes, ports);
  app.notFound(onNotFound(adminRoutes));
  app.onError(onError(logger));
  return app;
}
