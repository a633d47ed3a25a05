// A tunnel that adds peers without a keepalive, but reports one.

import {
  createDeviceTunnel as create,
  type DeviceTunnelParts,
} from '../../packages/wg-device/src/device/device-tunnel.ts';
import type { Tunnel, TunnelUpReport } from '../../packages/wg-device/src/port/tunnel.ts';

const REPORTED_SECONDS = 25;

function withKeepalive(state: TunnelUpReport['state']): TunnelUpReport['state'] {
  const peers = state.peers.map((peer) => ({ ...peer, persistentKeepaliveSeconds: REPORTED_SECONDS }));
  return { ...state, peers };
}

export function createDeviceTunnel(parts: DeviceTunnelParts): Tunnel {
  const tunnel = create(parts);
  return {
    ...tunnel,
    up: async (wanted) => {
      const report = await tunnel.up(wanted);
      return { ...report, state: withKeepalive(report.state) };
    },
    read: async () => withKeepalive(await tunnel.read()),
    addPeers: (peers) => tunnel.addPeers(peers.map((peer) => ({ ...peer, persistentKeepaliveSeconds: 0 }))),
  };
}
