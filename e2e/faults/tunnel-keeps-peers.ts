// A tunnel that says it removed peers, but keeps them.

import {
  createDeviceTunnel as create,
  type DeviceTunnelParts,
} from '../../packages/wg-device/src/device/device-tunnel.ts';
import type { Tunnel } from '../../packages/wg-device/src/port/tunnel.ts';

export function createDeviceTunnel(parts: DeviceTunnelParts): Tunnel {
  return { ...create(parts), removePeers: () => Promise.resolve() };
}
