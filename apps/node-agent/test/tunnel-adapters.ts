// The two real adapters on a lab host, as the tests open them.
import { createIpLink } from '../src/tunnel/ip-link.ts';
import type { RunCommand } from '../src/tunnel/run-command.ts';
import type { Tunnel } from '../src/tunnel/tunnel.ts';
import { createUapiTunnel } from '../src/tunnel/uapi-tunnel.ts';
import { createWgToolTunnel } from '../src/tunnel/wg-tool-tunnel.ts';
import { createWireguardGoInterface } from '../src/tunnel/wireguard-go-process.ts';
import { NAME, timers } from './tunnel-fixtures.ts';
import type { LabHost } from './tunnel-lab.ts';

export interface OpenOptions {
  /** Instead of the host's own, to put a fault between. */
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

/** As on a host whose kernel has WireGuard. */
export function openKernelTunnel({ run, runtimeDir }: Pick<LabHost, 'run' | 'runtimeDir'>): Tunnel {
  return createWgToolTunnel({ interfaceName: NAME, run, timers, runtimeDir });
}
