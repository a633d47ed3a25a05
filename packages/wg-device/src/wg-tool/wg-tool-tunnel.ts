// The tunnel over `wg` and `ip`. It drives the kernel's WireGuard. It can drive a userspace one too, since
// `wg` finds its socket.
import { defined } from '@mesh/primitives';
import type { InterfaceName } from '@mesh/wg';
import { createDeviceTunnel } from '../device/device-tunnel.ts';
import { createInterfaceLock } from '../linux/interface-lock.ts';
import { createIpLink } from '../linux/ip-link.ts';
import type { RetryTimers } from '../linux/retry.ts';
import type { RunCommand } from '../linux/run-command.ts';
import type { Tunnel } from '../port/tunnel.ts';
import type { WireguardInterface } from '../port/wireguard-interface.ts';
import { createKernelInterface } from './kernel-interface.ts';
import { createWgToolDevice } from './wg-tool-device.ts';

export interface WgToolTunnelOptions {
  readonly interfaceName: InterfaceName;
  readonly run: RunCommand;
  readonly timers: RetryTimers;
  readonly runtimeDir: string;
  readonly lockTimeoutMs?: number;
  /** Makes and removes the interface. Default: the kernel's WireGuard. */
  readonly life?: WireguardInterface;
}

export function createWgToolTunnel(options: WgToolTunnelOptions): Tunnel {
  const { interfaceName, run, timers, runtimeDir, lockTimeoutMs: timeoutMs } = options;
  const link = createIpLink(run, interfaceName);
  return createDeviceTunnel({
    interfaceName,
    link,
    device: createWgToolDevice({ interfaceName, run, runtimeDir }),
    life: options.life ?? createKernelInterface(run, link, interfaceName),
    lock: createInterfaceLock({
      interfaceName,
      runtimeDir,
      timers,
      ...defined({ timeoutMs }),
    }),
  });
}
