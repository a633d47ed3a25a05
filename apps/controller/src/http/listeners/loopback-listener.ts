// A listener for plain HTTP that only programs on this machine reach.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closerOf, type Timers } from '@mesh/host';
import type { Hono } from 'hono';
import { explainListen, untilListening } from './listen-on.ts';
import type { Listener } from './listeners.ts';
import { requestListener } from './request-listener.ts';

const MAX_CONNECTIONS = 256;

export interface LoopbackDoor {
  /** The section of the settings that opens it. */
  readonly door: 'poc' | 'metrics';
  readonly host: '127.0.0.1' | '::1';
  readonly port: number;
}

/** @throws ControllerError if the port cannot be opened */
export async function openLoopbackListener(
  app: Hono,
  { door, host, port }: LoopbackDoor,
  timers: Timers,
): Promise<Listener> {
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 15_000 },
    requestListener(app.fetch as never),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const close = closerOf(server, timers);
  await untilListening(server, () => server.listen({ host, port })).catch((error: unknown) => {
    throw explainListen({ door, host, port }, error);
  });
  return { port: (server.address() as AddressInfo).port, close };
}
