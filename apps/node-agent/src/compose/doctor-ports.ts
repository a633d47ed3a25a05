// Which UDP ports this node's own interfaces hold now.

import { chooseTunnel, TunnelError } from '@mesh/wg-device';
import type { FoundTunnel } from '../doctor/check-wireguard.ts';

type Host = Pick<Parameters<typeof chooseTunnel>[0], 'run' | 'timers' | 'runtimeDir'>;

/** Interfaces that are not there, or cannot be read, hold none. */
export async function portsOfInterfaces(
  host: Host,
  interfaceNames: readonly string[],
  kind: FoundTunnel,
): Promise<Set<number>> {
  const ports = new Set<number>();
  if (kind instanceof TunnelError) return ports;
  for (const interfaceName of interfaceNames) {
    const options = { ...host, choice: kind, interfaceName, writeLine: () => undefined };
    try {
      const { tunnel } = await chooseTunnel(options);
      ports.add((await tunnel.read()).listenPort);
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
    }
  }
  return ports;
}
