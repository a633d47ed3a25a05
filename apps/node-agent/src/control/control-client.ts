// The client of the control socket, for the commands.

import { createSocketFetch, errorCodeOf, HostError } from '@mesh/host';
import { AgentError, type AgentErrorCode, exitCodes } from '../errors/agent-error.ts';
import type { AgentStatus, LogHeadStatus } from '../status/agent-status.ts';
import {
  controlRoutes,
  type DownAnswer,
  type LogHeadAccepted,
  type PingAnswer,
  type RotateKeysAsk,
  type RotateKeysDone,
} from './control-protocol.ts';

export interface ControlClient {
  status(): Promise<AgentStatus>;
  down(): Promise<DownAnswer>;
  ping(nodeId: string, count: number): Promise<PingAnswer>;
  /** Resolves when all keys are in use. With strict rotation that can take two epochs. */
  rotateKeys(ask: RotateKeysAsk): Promise<RotateKeysDone>;
  acceptLogHead(head: LogHeadStatus): Promise<LogHeadAccepted>;
}

/**
 * Each call rejects with an AgentError: `not_running` if no agent listens, `usage` if this user may not open
 * the socket, `failed` if the agent ends the connection, otherwise the error that the agent answers.
 */
export function createControlClient(socketPath: string): ControlClient {
  const call = async <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> => {
    const fetch = createSocketFetch(socketPath, { maxSockets: 1 });
    try {
      const answer = await fetch(`http://agent${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const said: unknown = await answer.json();
      if (answer.status !== 200) throw refusal(said);
      // The agent at the other end is the same program, so its answer has the right form.
      return said as T;
    } catch (error) {
      throw error instanceof HostError && error.code === 'connection_failed'
        ? explain(socketPath, error)
        : error;
    } finally {
      fetch.close();
    }
  };
  return {
    status: () => call('GET', controlRoutes.status),
    down: () => call('POST', controlRoutes.down),
    ping: (nodeId, count) => call('POST', controlRoutes.ping, { node_id: nodeId, count }),
    rotateKeys: (ask) => call('POST', controlRoutes.rotateKeys, ask),
    acceptLogHead: (head) => call('POST', controlRoutes.acceptLogHead, head),
  };
}

function explain(socketPath: string, error: HostError): AgentError {
  const code = errorCodeOf(error.cause) ?? 'unknown';
  const options = { cause: error };
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED')
    return new AgentError(
      'not_running',
      `no agent is running with this state directory (${socketPath}): start one with mesh-agent up, or name its --state-dir`,
      options,
    );
  if (code === 'EACCES' || code === 'EPERM')
    return new AgentError(
      'usage',
      `no permission to open ${socketPath}: run this as the agent's user (sudo -u USER mesh-agent …)`,
      options,
    );
  return new AgentError(
    'failed',
    `the agent at ${socketPath} ended the connection (${code}): look at its log, then try again`,
    options,
  );
}

function refusal(said: unknown): AgentError {
  const { error, message } = said as { readonly error?: unknown; readonly message?: unknown };
  const code: AgentErrorCode =
    typeof error === 'string' && error in exitCodes ? (error as AgentErrorCode) : 'failed';
  return new AgentError(code, typeof message === 'string' ? message : 'the agent refused without saying why');
}
