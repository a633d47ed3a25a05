// Answers config queries before they reach the app. Everything else goes on to the app: also config queries
// during the start, and requests without a Host header, which it refuses.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock, Logger } from '@mesh/host';
import type { MeshView } from '@mesh/membership';
import type { Presence } from '../../publish/presence.ts';
import type { ControllerKeys } from '../../trust/controller-keys.ts';
import { Authenticator } from '../gate/authenticate.ts';
import type { Callers } from '../gate/callers.ts';
import type { MemberGate } from '../gate/member-gate.ts';
import { authenticatorPorts } from '../receive/authenticator-ports.ts';
import { logAnswered } from '../respond/access-log.ts';
import { type ConfigPorts, configRoute } from '../routes/config-route.ts';
import type { Gate } from './listeners.ts';
import type { StartGate } from './start-gate.ts';

export type ConfigQueriesPorts = ConfigPorts & {
  readonly view: MeshView;
  readonly presence: Presence;
  readonly keys: ControllerKeys;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The gate, with config queries answered right behind it. */
export function answeringConfigQueries(
  ports: ConfigQueriesPorts,
  callers: Callers,
  gate: MemberGate,
  startGate: StartGate,
): Gate {
  const { view, presence, clock, logger } = ports;
  const authenticator = new Authenticator(view, callers, () => clock.nowMs(), authenticatorPorts(ports));
  const answers = configRoute(ports, (request, pathNodeId) => {
    const node = authenticator.node(request.socket as TLSSocket, pathNodeId);
    presence.see(node.nodeId, clock.nowMs());
    return { node, arrival: gate.arrivalOf(request) };
  });
  const isAnswered = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!startGate.isOpen || request.headers.host === undefined || !answers(request, response)) return false;
    if (logger.isLevelEnabled('debug')) logAnswered(request, response, logger, () => clock.monotonicMs());
    return true;
  };
  return {
    follow: (server) => gate.follow(server),
    guard: (app: RequestListener) =>
      gate.guard((request, response) => {
        if (!isAnswered(request, response)) app(request, response);
      }),
  };
}
