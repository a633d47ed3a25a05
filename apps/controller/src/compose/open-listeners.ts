// Opens the nodes listener, the public listener and the administration socket.

import { type AdminPorts, createAdminApp, SOCKET_DOOR } from '../http/listeners/admin-app.ts';
import { controllerUrl } from '../http/listeners/controller-url.ts';
import { openSocketListener } from '../http/listeners/listeners.ts';
import {
  type NodesListenerPorts,
  openNodesListener,
  openPublicListener,
  type PublicListenerPorts,
} from '../http/listeners/open-tls-listeners.ts';
import { StartGate } from '../http/listeners/start-gate.ts';
import { pathsOf } from '../settings/paths.ts';
import { readForeignAuthority } from '../trust/admin-authority.ts';
import type { Opened } from './platform.ts';

export type ListenersPorts = NodesListenerPorts &
  Omit<PublicListenerPorts, 'nodesUrl' | 'adminCaPem'> &
  AdminPorts;

export interface OpenListeners {
  readonly nodesPort: number;
  readonly publicPort: number;
  readonly socketPath: string;
  /**
   * Lets requests through to the routes once it is open. Until then they are answered with 503 and
   * Retry-After.
   */
  readonly gate: StartGate;
}

/** Resolves when all three are open. The gate behind them is still closed. */
export async function openListeners(ports: ListenersPorts, opened: Opened): Promise<OpenListeners> {
  const { config, keys, timers } = ports;
  const adminCaPem =
    config.admin_ca_file === undefined
      ? undefined
      : readForeignAuthority(config.admin_ca_file, keys.authority.trustedPem);
  const socketPath = pathsOf(config).socket;
  const gate = new StartGate();
  const nodes = await openNodesListener(ports, gate);
  opened.push(() => nodes.close());
  const nodesUrl = config.nodes_url ?? controllerUrl(config.public_names[0], nodes.port);
  const publicDoor = await openPublicListener({ ...ports, nodesUrl, adminCaPem }, gate);
  opened.push(() => publicDoor.close());
  const socket = await openSocketListener(
    gate.behind(createAdminApp(ports, SOCKET_DOOR).fetch as never),
    socketPath,
    timers,
  );
  opened.push(() => socket.close());
  return { nodesPort: nodes.port, publicPort: publicDoor.port, socketPath, gate };
}
