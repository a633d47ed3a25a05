// The app of the administration, without the door in front of it: it serves the table of admin-routes.ts to
// callers that the door has identified.

import type { Clock, Logger } from '@mesh/host';
import { Hono, type MiddlewareHandler } from 'hono';
import { type AdminEnv, ranks, requireRole, SOCKET_CALLER } from '../gate/admin-caller.ts';
import { accessLog } from '../respond/access-log.ts';
import { onError, onNotFound } from '../respond/answer-problem.ts';
import { tagged } from '../respond/entity-tag.ts';
import { tellSchemaVersion } from '../respond/schema-version.ts';
import { type AdminRoute, type AdminRoutesPorts, adminRoutes } from './admin-routes.ts';

export type AdminPorts = AdminRoutesPorts & { readonly clock: Clock; readonly logger: Logger };

export interface AdminDoor {
  /** Says who asks, as the variable `caller`, or answers with a refusal. Runs before every route. */
  readonly identify: MiddlewareHandler<AdminEnv>;
  /** Where a path of the table is at this door. */
  readonly toPath: (path: string) => string;
}

/** The administration socket: anybody who may open its file may do everything. */
export const SOCKET_DOOR: AdminDoor = {
  identify: (context, next) => {
    context.set('caller', SOCKET_CALLER);
    return next();
  },
  toPath: (path) => path,
};

/** @throws RangeError if a route of the table has no least role, so that the controller does not start */
export function createAdminApp(
  ports: AdminPorts,
  { identify, toPath }: AdminDoor,
  table: readonly AdminRoute[] = adminRoutes,
): Hono<AdminEnv> {
  const { clock, logger } = ports;
  const app = new Hono<AdminEnv>();
  app.use(accessLog(logger, () => clock.monotonicMs()));
  app.use(identify);
  const served = table.map((route) => ({ ...route, path: toPath(route.path) }));
  for (const { method, path, least, notModified, handler } of served) {
    if (!ranks.includes(least))
      throw new RangeError(`${method} ${path} has no least role in the table of operations`);
    app.on(
      method,
      path,
      requireRole(least),
      tellSchemaVersion(),
      ...(notModified === 'etag' ? [tagged<AdminEnv>()] : []),
      handler(ports),
    );
  }
  app.notFound(onNotFound(served));
  app.onError(onError(logger));
  return app;
}
