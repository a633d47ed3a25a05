// Routes and addresses of this host that lie within the overlay's networks and are not the agent's. Pure. A
// wider route, as the default one or a pair of /1, is none of them: the kernel takes the narrowest.

import { type Cidr, cidrCovers } from '@mesh/wg';
import type { ForeignRoute } from '../port/overlay-routes.ts';
import { asArray, asBlock, asObject, asText, parseJsonArray } from './ip-json.ts';
import type { FoundRoute } from './ip-routes.ts';

export interface FoundAddress {
  readonly interfaceName: string;
  readonly host: Cidr;
  /** With the length of its prefix. */
  readonly prefix: string;
}

/** What `ip -json address show` prints. @throws TunnelError `unexpected_answer` */
export function parseAddresses(stdout: Uint8Array): FoundAddress[] {
  return parseJsonArray(stdout).flatMap((device) => {
    const interfaceName = asText(device.ifname);
    if (interfaceName === undefined) return [];
    return asArray(device.addr_info).flatMap((info) => {
      const { local, prefixlen } = asObject(info);
      const address = asText(local);
      if (address === undefined) return [];
      return { interfaceName, host: asBlock(address), prefix: `${address}/${String(prefixlen)}` };
    });
  });
}

export interface ForeignInput {
  readonly networks: readonly Cidr[];
  /** The agent's interfaces. */
  readonly ours: ReadonlySet<string>;
  /** The node's own overlay addresses: on another interface, as one address, they take nothing away. */
  readonly own: readonly Cidr[];
  readonly routes: readonly FoundRoute[];
  readonly addresses: readonly FoundAddress[];
}

export function findForeign({ networks, ours, own, routes, addresses }: ForeignInput): ForeignRoute[] {
  const isWithin = (block: Cidr) => networks.some((network) => cidrCovers(network, block));
  const foreignAddresses = addresses
    .filter(({ interfaceName, host }) => !ours.has(interfaceName) && isWithin(host))
    .filter(({ host, prefix }) => !own.some((address) => address === host && host === prefix))
    .map(
      ({ interfaceName, prefix }): ForeignRoute => ({
        kind: 'address',
        prefix,
        block: asBlock(prefix),
        interfaceName,
      }),
    );
  const foreignRoutes = routes
    .filter(({ device, destination }) => !(device !== undefined && ours.has(device)) && isWithin(destination))
    .map(
      ({ destination, device }): ForeignRoute => ({
        kind: 'route',
        prefix: destination,
        block: destination,
        interfaceName: device,
      }),
    )
    // The kernel makes one for the subnet of each address: it is named once.
    .filter(
      (route) =>
        !foreignAddresses.some(
          (address) => address.block === route.block && address.interfaceName === route.interfaceName,
        ),
    );
  return distinct([...foreignAddresses, ...foreignRoutes]);
}

/** Routes that differ in nothing but their metric are one. */
function distinct(foreign: readonly ForeignRoute[]): ForeignRoute[] {
  const byKey = new Map(
    foreign.map((each) => [`${each.kind} ${each.prefix} ${each.interfaceName ?? ''}`, each]),
  );
  return [...byKey.values()];
}
