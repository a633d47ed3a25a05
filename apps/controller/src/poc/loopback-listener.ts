// A listener for plain HTTP that only programs on this machine reach.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Timers } from '@mesh/host';
import type { Hono } from 'hono';
import { explainListen } from '../http/listeners/listen-on.ts';
import type { Listener } from '../http/listeners/listeners.ts';

const MAX_CONNECTIONS = 256;
/** How long requests that are being answered may delay the close. */
const CLOSE_WITHIN_MS = 1_000;

/** @throws ControllerError if the port cannot be opened */
export async function openLoopbackListener(
  app: Hono,
  { host, port }: { readonly host: '127.0.0.1' | '::1'; readonly port: number },
  timers: Timers,
): Promise<Listener> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 15_000 },
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  server.listen({ host, port });
  await once(server, 'listening').catch((error: unknown) => {
    throw explainListen({ door: 'poc', host, port }, error);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        const cancel = timers.setTimer(CLOSE_WITHIN_MS, () => server.closeAllConnections(), {
          background: true,
        });
        server.close(() => {
          cancel();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
