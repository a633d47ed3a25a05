// Opens the port. Plain HTTP: a web server in front of it does TLS.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { closerOf, errorCodeOf, type Timers } from '@mesh/host';
import { WitnessError } from '../errors/witness-error.ts';

const MAX_CONNECTIONS = 1024;

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws WitnessError `address`, `usage` if the port cannot be opened */
export async function openListener(
  fetch: (request: Request, env: never) => Response | Promise<Response>,
  { host, port }: { readonly host: string; readonly port: number },
  timers: Timers,
): Promise<Listener> {
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 60_000 },
    getRequestListener(fetch as never, { errorHandler: refuseMalformed }),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const close = closerOf(server, timers);
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw explain(host, port, error);
  }
  return { port: (server.address() as AddressInfo).port, close };
}

/**
 * Answers what Node's parser takes and the framework does not: a backslash in the path, a Host header that
 * names no host. It must not throw: nothing would catch that.
 */
function refuseMalformed(error: unknown): Response {
  return error instanceof RequestError
    ? new Response(`${error.message}: send a path and a Host header as RFC 9110 has them\n`, { status: 400 })
    : new Response('the request failed\n', { status: 500 });
}

function explain(host: string, port: number, cause: unknown): WitnessError {
  const code = errorCodeOf(cause) ?? 'unknown';
  const what = `port ${port} of ${host} cannot be opened (${code})`;
  if (code === 'EACCES' || code === 'EPERM')
    return new WitnessError('usage', `${what}: ports below 1024 take CAP_NET_BIND_SERVICE: set listen.port`, {
      cause,
    });
  const advice =
    code === 'EADDRINUSE' ? 'another process has it: end that, or set listen.port' : 'check listen.host';
  return new WitnessError('address', `${what}: ${advice}`, { cause });
}
