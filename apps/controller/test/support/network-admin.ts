// The network door of the administration, as its clients and as attackers come to it.

import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import { createAdaptorServer } from '@hono/node-server';
import { createTlsFetch } from '@mesh/host';
import { type AdminClient, createAdminClient, networkAdminPath } from '@mesh/protocol';
import { onTestFinished } from 'vitest';
import { createAdminApp } from '../../src/http/listeners/admin-app.ts';
import { type AdminRoute, adminRoutes } from '../../src/http/listeners/admin-routes.ts';
import { type NetworkAdminPorts, networkAdminDoor } from '../../src/http/listeners/network-admin-door.ts';
import type { TestController } from './index.ts';

export interface Credentials {
  readonly key?: string;
  /** PEM, of a client certificate. */
  readonly cert?: string;
  readonly certKey?: string;
}

export const bearer = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

/** A fetch at the public listener, closed when the test has finished. */
export function publicFetch(
  { caPem }: TestController,
  { cert, certKey }: Credentials = {},
): ReturnType<typeof createTlsFetch> {
  const fetch = createTlsFetch({ ca: caPem, ...(cert && certKey ? { cert, key: certKey } : {}) });
  onTestFinished(() => fetch.close());
  return fetch;
}

export function networkAdmin(
  controller: TestController,
  credentials: Credentials,
  baseUrl = controller.publicUrl,
): AdminClient {
  return createAdminClient({
    baseUrl,
    fetch: publicFetch(controller, credentials),
    headers: bearer(credentials.key),
    toPath: networkAdminPath,
  });
}

/** A connection on which a test writes HTTP by hand. */
export async function rawConnection(controller: TestController) {
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port: controller.running.publicPort,
    ca: controller.caPem,
  });
  const heard = { text: '', isClosed: false };
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    heard.text += bytes.toString('latin1');
  });
  socket.on('close', () => {
    heard.isClosed = true;
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return { socket, heard, statuses: () => statusesIn(heard.text) };
}

export const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));

/**
 * Serves the network door on plain HTTP, with ports or routes that a test puts in the place of the real ones.
 *
 * @returns the URL
 */
export async function serveNetworkAdmin(
  controller: TestController,
  ports: Partial<NetworkAdminPorts> = {},
  routes: readonly AdminRoute[] = [],
): Promise<string> {
  const { services } = controller.running;
  const door = networkAdminDoor({ ...services, ...ports });
  const app = createAdminApp(services, door, [...adminRoutes, ...routes]);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
