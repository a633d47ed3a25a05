// A tunnel that says it removed peers, but keeps them.

import {
  createDeviceTunnel as create,
  type DeviceTunnelParts,
} from '../../apps/node-agent/src/tunnel/device-tunnel.ts';
import type { Tunnel } from '../../apps/node-agent/src/tunnel/tunnel.ts';

export function createDeviceTunnel(parts: DeviceTunnelParts): Tunnel {
  return { ...create(parts), removePeers: () => Promise.resolve() };
}
