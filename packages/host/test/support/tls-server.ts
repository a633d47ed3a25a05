// A real HTTPS server on 127.0.0.1 that records the requests. It is closed after the test file.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export interface TestServer {
  readonly url: string;
  readonly requests: string[];
  readonly connections: () => number;
  readonly server: ReturnType<typeof createServer>;
}

export async function startTlsServer(
  options: ServerOptions,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  const requests: string[] = [];
  let connections = 0;
  const server = createServer(options, (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  // In some tests the client refuses the handshake on purpose.
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}`, requests, connections: () => connections, server };
}
