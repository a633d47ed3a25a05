// Opens the two network listeners, each with its app, its gate and its limits.

import type { HttpBindings } from '@hono/node-server';
import type { Clock, Logger, Timers } from '@mesh/host';
import type { MeshEvent } from '@mesh/membership';
import type { ControllerConfig } from '../../settings/config.ts';
import type { ControllerKeys } from '../../trust/controller-keys.ts';
import { Callers } from '../gate/callers.ts';
import { ConnectionPace } from '../gate/connection-pace.ts';
import type { FloodWatch } from '../gate/flood-watch.ts';
import { MemberGate } from '../gate/member-gate.ts';
import { OneAtATime } from '../gate/one-at-a-time.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import type { TrustedProxies } from '../gate/trusted-proxies.ts';
import { type AdminPorts, createAdminApp } from './admin-app.ts';
import { answeringConfigQueries } from './config-queries.ts';
import { type Listener, openTlsListener } from './listeners.ts';
import { memberRoutes } from './member-routes.ts';
import { isNetworkAdmin, type NetworkAdminPorts, networkAdminDoor } from './network-admin-door.ts';
import { createNodesApp, type NodesPorts } from './nodes-app.ts';
import { createPublicApp, type PublicPorts } from './public-app.ts';
import type { BrowserCertificate } from './server-certificates.ts';
import type { StartGate } from './start-gate.ts';

type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>;

interface TlsListenerPorts {
  readonly config: ControllerConfig;
  readonly keys: ControllerKeys;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly proxies: TrustedProxies;
  readonly sources: SourceAddresses;
  readonly flood: FloodWatch;
}

export type NodesListenerPorts = NodesPorts &
  TlsListenerPorts & {
    readonly journal: { onCommit(listener: (events: readonly MeshEvent[]) => void): void };
  };

export type PublicListenerPorts = PublicPorts &
  AdminPorts &
  NetworkAdminPorts &
  TlsListenerPorts & {
    /** PEM of the admin CA, if there is one. */
    readonly adminCaPem: string | undefined;
  };

/** Mutual TLS: only for nodes with a certificate of this mesh. */
export function openNodesListener(ports: NodesListenerPorts, startGate: StartGate): Promise<Listener> {
  const { meshId, config, view, journal, clock, timers, logger, flood } = ports;
  const callers = new Callers(meshId, ports.keys.authority);
  const gate = new MemberGate({
    callers,
    isRevoked: (nodeId) => view.node(nodeId)?.status === 'revoked',
    reserved: memberRoutes.filter(({ mayUseReserve }) => mayUseReserve),
    perMinute: config.limits.node_per_minute,
    monotonicMs: () => clock.monotonicMs(),
    timers,
    logger,
    flood,
  });
  journal.onCommit((events) => {
    for (const event of events) {
      if (event.type === 'node_revoked' || event.type === 'node_rejected' || event.type === 'node_deleted')
        gate.end(event.nodeId);
      if (event.type === 'ca_rotation_finished') for (const nodeId of event.notReady) gate.end(nodeId);
    }
  });
  return openTlsListener({
    ...tlsOf(ports),
    door: 'nodes',
    ...config.nodes,
    fetch: startGate.behind(createNodesApp(ports, callers, gate).fetch as never),
    clientCertificates: { ca: () => ports.keys.authority.trustedPem, isRequired: true },
    gate: answeringConfigQueries(ports, callers, gate, startGate),
  });
}

/**
 * Server TLS: for hosts that want to join, for anybody who asks whether the controller is healthy, and for
 * the administration over the network.
 */
export function openPublicListener(ports: PublicListenerPorts, startGate: StartGate): Promise<Listener> {
  const { config, clock, adminCaPem, sources, flood } = ports;
  const forAnybody = createPublicApp(ports).fetch as Fetch;
  const administration = createAdminApp(ports, networkAdminDoor(ports)).fetch as Fetch;
  return openTlsListener({
    ...tlsOf(ports),
    door: 'public',
    ...config.public,
    browsers: ports.dashboardFiles && browserCertificateOf(config.dashboard),
    fetch: startGate.behind((request, env: HttpBindings) =>
      isNetworkAdmin(env.incoming.url) ? administration(request, env) : forAnybody(request, env),
    ),
    clientCertificates: adminCaPem === undefined ? undefined : { ca: () => adminCaPem, isRequired: false },
    gate: new OneAtATime({ monotonicMs: () => clock.monotonicMs(), sources, flood }),
  });
}

function browserCertificateOf({
  certificate_file: certificateFile,
  key_file: keyFile,
}: ControllerConfig['dashboard']): BrowserCertificate {
  return certificateFile === undefined || keyFile === undefined
    ? { kind: 'own' }
    : { kind: 'files', certificateFile, keyFile };
}

const tlsOf = ({ config, keys, clock, timers, logger, proxies, sources, flood }: TlsListenerPorts) => ({
  authority: keys.authority,
  names: config.public_names,
  connections: {
    total: config.limits.connections,
    perAddress: config.limits.connections_per_address,
    pace: new ConnectionPace(config.limits.connections_per_second, () => clock.monotonicMs()),
    proxies,
    sources,
    flood,
    timers,
  },
  nowMs: () => clock.nowMs(),
  timers,
  logger,
});
