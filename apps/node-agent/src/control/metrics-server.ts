// Serves the page for Prometheus on a port of 127.0.0.1. Anybody on this machine may read it.

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { errorCodeOf, LogField, type Logger } from '@mesh/host';
import { AgentError } from '../errors/agent-error.ts';
import type { MetricsPage } from '../status/agent-metrics.ts';

/** Where Prometheus looks if nobody tells it another path. */
const PATH = '/metrics';
const MAX_CONNECTIONS = 16;

/**
 * Listens until the server is closed. A port of 0 takes a free one, and the log says which.
 *
 * @throws AgentError `usage` for a port that cannot be opened
 */
export async function serveMetrics(
  port: number,
  read: () => Promise<MetricsPage>,
  logger: Logger,
): Promise<Server> {
  const server = createServer(
    { maxHeaderSize: 8_192, headersTimeout: 10_000, requestTimeout: 15_000 },
    (request, response) => {
      if (request.url !== PATH) return end(response, 404, `the metrics are at ${PATH}\n`);
      if (request.method !== 'GET') return end(response, 405, 'ask with GET\n');
      read().then(
        ({ contentType, text }) => end(response, 200, text, contentType),
        (error: unknown) => {
          logger.error({ [LogField.error]: error }, 'the metrics could not be read');
          end(response, 500, 'the metrics could not be read: the log says why\n');
        },
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.listen({ host: '127.0.0.1', port });
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown';
    throw new AgentError(
      'usage',
      `the metrics cannot be served on port ${port} of 127.0.0.1 (${code}): choose another metrics.port, or leave it out`,
      { cause: error },
    );
  }
  const address = server.address();
  if (address !== null && typeof address === 'object')
    logger.info({ [LogField.address]: `http://127.0.0.1:${address.port}${PATH}` }, 'metrics are served');
  return server;
}

function end(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' });
  response.end(text);
}
