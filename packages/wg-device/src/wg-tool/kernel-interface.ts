// An interface of the kernel's WireGuard: `ip link add … type wireguard`. It needs no process.
import type { IpLink } from '../linux/ip-link.ts';
import { type RunCommand, runOrThrow } from '../linux/run-command.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import type { WireguardInterface } from '../port/wireguard-interface.ts';

export function createKernelInterface(
  run: RunCommand,
  link: IpLink,
  interfaceName: string,
): WireguardInterface {
  return {
    async ensure() {
      const found = await link.read();
      if (found?.kind === 'wireguard') return { kind: 'adopted', link: found };
      if (found !== undefined) {
        throw new TunnelError(
          'interface_taken',
          `${interfaceName} is a ${found.kind ?? 'device'}, not WireGuard: choose another interface name`,
        );
      }
      await runOrThrow(run, 'ip', ['link', 'add', 'dev', interfaceName, 'type', 'wireguard']);
      return { kind: 'created' };
    },

    async remove() {
      const found = await link.read();
      if (found === undefined) return;
      if (found.kind !== 'wireguard') {
        throw new TunnelError('interface_taken', `${interfaceName} is not WireGuard and is left alone`);
      }
      await runOrThrow(run, 'ip', ['link', 'delete', 'dev', interfaceName]);
    },
  };
}
