// Plain WireGuard between a lab's hosts, with keys set once and never touched again: the comparison for a
// mesh's tunnels, on the same machine at the same time.

import type { Lab } from './namespaces.ts';

export interface StaticTunnelsOptions {
  readonly interfaceName: string;
  readonly listenPort: number;
  /** First three octets of the overlay: `10.89.0`. */
  readonly network: string;
}

/** A full mesh of static tunnels. @returns each host's overlay address; `lab.destroy` ends them */
export async function startStaticTunnels<Name extends string>(
  lab: Lab<string>,
  names: readonly Name[],
  options: StaticTunnelsOptions,
): Promise<Record<Name, string>> {
  const { interfaceName, listenPort, network } = options;
  const ends = await Promise.all(
    names.map(async (name, at) => {
      const host = lab.node(name);
      const address = `${network}.${at + 1}`;
      const privateKey = (await host.exec('wg', ['genkey'])).stdout;
      const publicKey = (await host.exec('wg', ['pubkey'], { input: privateKey })).stdout.trim();
      await host.exec('wireguard-go', [interfaceName]);
      await host.exec(
        'wg',
        ['set', interfaceName, 'listen-port', String(listenPort), 'private-key', '/dev/stdin'],
        {
          input: privateKey,
        },
      );
      await host.exec('ip', ['addr', 'add', `${address}/24`, 'dev', interfaceName]);
      await host.exec('ip', ['link', 'set', interfaceName, 'up', 'mtu', '1420']);
      return { name, host, address, publicKey };
    }),
  );
  await Promise.all(
    ends.flatMap((end) =>
      ends
        .filter((peer) => peer !== end)
        .map((peer) =>
          end.host.exec('wg', [
            'set',
            interfaceName,
            'peer',
            peer.publicKey,
            'endpoint',
            `${peer.host.address}:${listenPort}`,
            'allowed-ips',
            `${peer.address}/32`,
            'persistent-keepalive',
            '25',
          ]),
        ),
    ),
  );
  return Object.fromEntries(ends.map(({ name, address }) => [name, address])) as Record<Name, string>;
}
