// A listener for plain HTTP that only programs on this machine reach.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closerOf, type Timers } from '@mesh/host';
import type { Hono } from 'hono';
import { explainListen, untilListening } from '../http/listeners/listen-on.ts';
import type { Listener } from '../http/listeners/listeners.ts';
import { requestListener } from '../http/listeners/request-listener.ts';

const MAX_CONNECTIONS = 256;

/** @throws ControllerError if the port cannot be opened */
export async function openLoopbackListener(
  app: Hono,
  { host, port }: { readonly host: '127.0.0.1' | '::1'; readonly port: number },
  timers: Timers,
): Promise<Listener> {
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 15_000 },
    requestListener(app.fetch as never),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const close = closerOf(server, timers);
  await untilListening(server, () => server.listen({ host, port })).catch((error: unknown) => {
    throw explainListen({ door: 'poc', host, port }, error);
  });
  return { port: (server.address() as AddressInfo).port, close };
}
