// Opens the two real adapters on a lab host.
import { createIpLink } from '../../src/linux/ip-link.ts';
import type { RunCommand } from '../../src/linux/run-command.ts';
import type { Tunnel } from '../../src/port/tunnel.ts';
import { createUapiTunnel } from '../../src/uapi/uapi-tunnel.ts';
import { createWireguardGoInterface } from '../../src/uapi/wireguard-go-process.ts';
import { createWgToolTunnel } from '../../src/wg-tool/wg-tool-tunnel.ts';
import { NAME, timers } from './fixtures.ts';
import type { LabHost } from './lab-host.ts';

export interface OpenOptions {
  /** Replaces the host's own folder, so that a test can put a faulty socket between. */
  readonly socketDir?: string;
  readonly run?: RunCommand;
  readonly lockTimeoutMs?: number;
  readonly wireguardGoCommand?: readonly [string, ...string[]];
}

export function openUapiTunnel(host: LabHost, options: OpenOptions = {}): Tunnel {
  const { run, runtimeDir, socketDir, enter } = host;
  return createUapiTunnel({
    interfaceName: NAME,
    run,
    timers,
    runtimeDir,
    socketDir,
    wireguardGoCommand: [...enter, 'wireguard-go'],
    ...options,
  });
}

export function openWgToolTunnel(host: LabHost, options: OpenOptions = {}): Tunnel {
  const { run, runtimeDir, socketDir, enter } = host;
  const life = createWireguardGoInterface({
    interfaceName: NAME,
    run,
    timers,
    runtimeDir,
    socketDir,
    link: createIpLink(run, NAME),
    command: [...enter, 'wireguard-go'],
  });
  return createWgToolTunnel({ interfaceName: NAME, run, timers, runtimeDir, life, ...options });
}

/** Opens the adapter for a kernel that has WireGuard. */
export function openKernelTunnel({ run, runtimeDir }: Pick<LabHost, 'run' | 'runtimeDir'>): Tunnel {
  return createWgToolTunnel({ interfaceName: NAME, run, timers, runtimeDir });
}
