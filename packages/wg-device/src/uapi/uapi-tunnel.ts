// The tunnel over the socket of a userspace WireGuard. One `set` sends a whole batch: 1,000 preshared keys
// take 3-7 ms.

import { join } from 'node:path';
import { defined } from '@mesh/primitives';
import type { InterfaceName } from '@mesh/wg';
import { createDeviceTunnel } from '../device/device-tunnel.ts';
import { createInterfaceLock } from '../linux/interface-lock.ts';
import { createIpLink } from '../linux/ip-link.ts';
import type { RetryTimers } from '../linux/retry.ts';
import type { RunCommand } from '../linux/run-command.ts';
import type { Tunnel } from '../port/tunnel.ts';
import { createUapiDevice } from './uapi-device.ts';
import { createUapiRequest, UAPI_SOCKET_DIR } from './uapi-socket.ts';
import { createWireguardGoInterface } from './wireguard-go-process.ts';

export interface UapiTunnelOptions {
  readonly interfaceName: InterfaceName;
  readonly run: RunCommand;
  readonly timers: RetryTimers;
  readonly runtimeDir: string;
  readonly socketDir?: string;
  readonly wireguardGoCommand?: readonly [string, ...string[]];
  readonly lockTimeoutMs?: number;
}

export function createUapiTunnel(options: UapiTunnelOptions): Tunnel {
  const { interfaceName, run, timers, runtimeDir, socketDir = UAPI_SOCKET_DIR } = options;
  const link = createIpLink(run, interfaceName);
  const { wireguardGoCommand: command, lockTimeoutMs: timeoutMs } = options;
  return createDeviceTunnel({
    interfaceName,
    link,
    device: createUapiDevice(createUapiRequest(join(socketDir, `${interfaceName}.sock`))),
    life: createWireguardGoInterface({
      interfaceName,
      runtimeDir,
      socketDir,
      link,
      run,
      timers,
      ...defined({ command }),
    }),
    lock: createInterfaceLock({
      interfaceName,
      runtimeDir,
      timers,
      ...defined({ timeoutMs }),
    }),
  });
}
