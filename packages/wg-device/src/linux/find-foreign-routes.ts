// Finds routes and addresses of other interfaces within the overlay's networks. Pure. Wider routes, such as
// the default route or a pair of /1, are left out: the kernel prefers the narrowest route.

import { type Cidr, cidrCovers } from '@mesh/wg';
import type { FoundRoute } from '../port/link-state.ts';
import type { ForeignRoute } from '../port/overlay-routes.ts';
import { asArray, asBlock, asObject, asText, type JsonObject } from './ip-json.ts';

export interface FoundAddress {
  readonly interfaceName: string;
  readonly host: Cidr;
  /** With the length of its prefix. */
  readonly prefix: string;
}

/** The addresses among the entries of `ip -json address show`. @throws TunnelError `unexpected_answer` */
export function addressesIn(entries: readonly JsonObject[]): FoundAddress[] {
  return entries.flatMap((device) => {
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
  /** The caller's interfaces. */
  readonly ours: ReadonlySet<string>;
  /**
   * This host's own overlay addresses. Another interface may have one of them as a single address: that takes
   * nothing away.
   */
  readonly own: readonly Cidr[];
  readonly routes: readonly FoundRoute[];
  readonly addresses: readonly FoundAddress[];
}

export function findForeign({ networks, own, ...found }: ForeignInput): ForeignRoute[] {
  const isWithin = (block: Cidr) => networks.some((network) => cidrCovers(network, block));
  return foreignOf(found, {
    address: ({ host, prefix }) =>
      isWithin(host) && !own.some((address) => address === host && host === prefix),
    route: isWithin,
  });
}

/** What other interfaces than the caller's have, of what counts. */
export function foreignOf(
  { ours, routes, addresses }: Pick<ForeignInput, 'ours' | 'routes' | 'addresses'>,
  counts: {
    readonly address: (address: FoundAddress) => boolean;
    readonly route: (destination: Cidr) => boolean;
  },
): ForeignRoute[] {
  const foreignAddresses = addresses
    .filter((address) => !ours.has(address.interfaceName) && counts.address(address))
    .map(
      ({ interfaceName, prefix }): ForeignRoute => ({
        kind: 'address',
        prefix,
        block: asBlock(prefix),
        interfaceName,
      }),
    );
  const foreignRoutes = routes
    .filter(
      ({ device, destination }) => !(device !== undefined && ours.has(device)) && counts.route(destination),
    )
    .map(
      ({ destination, device }): ForeignRoute => ({
        kind: 'route',
        prefix: destination,
        block: destination,
        interfaceName: device,
      }),
    )
    // The kernel makes a route for the subnet of each address. That address is already listed.
    .filter(
      (route) =>
        !foreignAddresses.some(
          (address) => address.block === route.block && address.interfaceName === route.interfaceName,
        ),
    );
  return distinct([...foreignAddresses, ...foreignRoutes]);
}

/** Routes that differ only in their metric count as one. */
function distinct(foreign: readonly ForeignRoute[]): ForeignRoute[] {
  const byKey = new Map(
    foreign.map((each) => [`${each.kind} ${each.prefix} ${each.interfaceName ?? ''}`, each]),
  );
  return [...byKey.values()];
}
