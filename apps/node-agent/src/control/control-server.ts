// Serves the commands over the control socket: HTTP over a unix socket (0600) in the state directory (0700).
// Anybody who can open the socket could control the agent in other ways, too, so the file mode is the only
// authentication.

import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errorCodeOf, LogField, type Logger, listenPrivate } from '@mesh/host';
import { AgentError, messageOf } from '../errors/agent-error.ts';
import type { AgentStatus, LogHeadStatus } from '../status/agent-status.ts';
import {
  controlRoutes,
  type DownAnswer,
  type LogHeadAccepted,
  type PingAnswer,
  type RotateKeysAsk,
  type RotateKeysDone,
} from './control-protocol.ts';
import { readBody, readLogHead, readPing, readRotateKeys } from './read-ask.ts';

export interface ControlHandlers {
  status(): Promise<AgentStatus>;
  /** Leaves the mesh and removes the interface; the agent ends after the answer. */
  down(): Promise<DownAnswer>;
  ping(nodeId: string, count: number): Promise<PingAnswer>;
  /** Replaces the node's own keys. */
  rotateKeys(ask: RotateKeysAsk): Promise<RotateKeysDone>;
  /** Goes on from this head of the controller's log. */
  acceptLogHead(head: LogHeadStatus): Promise<LogHeadAccepted>;
}

/** Until the whole request has arrived. The answer may take longer. */
const REQUEST_WITHIN_MS = 15_000;
/** The longest path of a unix socket. */
const MAX_PATH_BYTES = 107;

/**
 * Listens at `path` and replaces the socket of an earlier agent. The caller holds the state directory's lock.
 */
export async function serveControl(path: string, handlers: ControlHandlers, logger: Logger): Promise<Server> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new AgentError('usage', `${path} is too long for a socket: name a shorter --state-dir`);
  }
  rmSync(path, { force: true });
  const server = createServer({ requestTimeout: REQUEST_WITHIN_MS }, (request, response) => {
    answer(request, handlers)
      .catch((error: unknown): Reply => {
        // A client that hung up gets no answer, which is not a fault of the agent.
        if (!(error instanceof AgentError) && errorCodeOf(error) !== 'ECONNRESET')
          logger.error({ [LogField.error]: error }, 'a control request failed');
        return {
          status: 400,
          body: { error: error instanceof AgentError ? error.code : 'failed', message: messageOf(error) },
        };
      })
      .then((reply) => send(response, reply));
  });
  await listenPrivate(server, path);
  return server;
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

async function answer(request: IncomingMessage, handlers: ControlHandlers): Promise<Reply> {
  const body = await readBody(request);
  switch (`${request.method} ${request.url}`) {
    case `GET ${controlRoutes.status}`:
      return { status: 200, body: await handlers.status() };
    case `POST ${controlRoutes.down}`:
      return { status: 200, body: await handlers.down() };
    case `POST ${controlRoutes.ping}`: {
      const { nodeId, count } = readPing(body);
      return { status: 200, body: await handlers.ping(nodeId, count) };
    }
    case `POST ${controlRoutes.rotateKeys}`:
      return { status: 200, body: await handlers.rotateKeys(readRotateKeys(body)) };
    case `POST ${controlRoutes.acceptLogHead}`:
      return { status: 200, body: await handlers.acceptLogHead(readLogHead(body)) };
    default:
      return { status: 404, body: { error: 'failed', message: 'this agent knows no such request' } };
  }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
