// The server that the controller is compared with. It uses the same framework, reads the same bodies into
// memory, checks nothing and stores nothing.

import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { mutualTls, type ServerTls } from '../mutual-tls.ts';

export interface UnsignedServerSetup {
  /** The same mutual TLS as the controller's; absent: plain HTTP. */
  readonly tls?: ServerTls;
}

const latest = new Map<string, unknown>();
const app = new Hono();
app.post('/v1/benchmarks/:node_id', async (context) => {
  const nodeId = context.req.param('node_id');
  latest.set(nodeId, await context.req.json());
  return context.json({ status: 'received', node_id: nodeId, epoch_id: 1 });
});

process.once('message', ({ tls }: UnsignedServerSetup) => {
  const server =
    tls === undefined
      ? createAdaptorServer({ fetch: app.fetch, createServer: createHttpServer })
      : createAdaptorServer({
          fetch: app.fetch,
          createServer: createHttpsServer,
          serverOptions: { ...mutualTls(tls), keepAliveTimeout: 75_000 },
        });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
});
