// The two doors to the network, opened with what the controller serves: who comes in by which, and under which limits.

import type { Services } from '../services.ts';
import { Callers } from './callers.ts';
import { type Listener, openTlsListener } from './listeners.ts';
import { MemberGate } from './member-gate.ts';
import { createNodesApp } from './nodes-app.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { createPublicApp } from './public-app.ts';
import type { StartGate } from './start-gate.ts';

/** Mutual TLS: members alone. */
export function openNodesDoor(services: Services, startGate: StartGate): Promise<Listener> {
  const { meshId, config, view, journal, clock, timers, logger } = services;
  const callers = new Callers(meshId);
  const gate = new MemberGate({
    callers,
    isRevoked: (nodeId) => view.node(nodeId)?.status === 'revoked',
    perMinute: config.limits.node_per_minute,
    monotonicMs: () => clock.monotonicMs(),
    timers,
    logger,
  });
  journal.onCommit((events) => {
    for (const event of events) if (event.type === 'node_revoked') gate.end(event.nodeId);
  });
  return openTlsListener({
    ...tlsOf(services),
    door: 'nodes',
    ...services.config.nodes,
    fetch: startGate.behind(createNodesApp(services, callers, gate).fetch as never),
    clientCertificates: true,
    gate,
  });
}

/** Server TLS: whoever wants to become one, or to look. */
export function openPublicDoor(services: Services, startGate: StartGate): Promise<Listener> {
  return openTlsListener({
    ...tlsOf(services),
    door: 'public',
    ...services.config.public,
    fetch: startGate.behind(createPublicApp(services).fetch as never),
    clientCertificates: false,
    gate: new OneAtATime(() => services.clock.monotonicMs()),
  });
}

const tlsOf = ({ config, keys, clock, timers, logger }: Services) => ({
  authority: keys.authority,
  names: config.public_names,
  connections: {
    total: config.limits.connections,
    perAddress: config.limits.connections_per_address,
  },
  nowMs: () => clock.nowMs(),
  timers,
  logger,
});
