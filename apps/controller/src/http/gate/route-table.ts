// One entry in a listener's table of routes. The app, the gate in front of it and the answer to unknown paths
// are all built from this one table.

import type { Env, Handler, Hono } from 'hono';

export interface Route<Ports, E extends Env> {
  readonly method: 'GET' | 'POST';
  /** A pattern of the protocol's `routes`. */
  readonly path: string;
  /** Makes the handler; called once for each app. */
  readonly handler: (ports: Ports) => Handler<E>;
}

/** Adds every route of the table to the app. */
export function addRoutes<Ports, E extends Env>(
  app: Hono<E>,
  table: readonly Route<Ports, E>[],
  ports: Ports,
): void {
  for (const { method, path, handler } of table) app.on(method, path, handler(ports));
}
