// Checks which networks an overlay may have. Each node routes them into its tunnel. A network that contains
// loopback addresses, link-local addresses or all addresses would take them away from the host.

import type { NetworkInterfaceInfo } from 'node:os';
import type { ConfigIssue } from '@mesh/host';
import { type Cidr, cidrsOverlap, isIpAddress, parseAllowedIp, parseCidr } from '@mesh/wg';
import { parseOverlayNetwork } from '../trust/address-pool.ts';
import { hostIn } from './address-forms.ts';
import type { ControllerConfig } from './config.ts';

/** The shape of `os.networkInterfaces()`. */
export type HostInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** RFC 6890 and the IANA registries of special-purpose addresses. */
const UNFIT: readonly (readonly [Cidr, string])[] = (
  [
    ['0.0.0.0/8', 'addresses of "this host"'],
    ['127.0.0.0/8', 'loopback addresses'],
    ['169.254.0.0/16', 'link-local addresses'],
    ['192.0.0.0/24', 'addresses that are reserved for protocols'],
    ['224.0.0.0/4', 'multicast addresses'],
    ['240.0.0.0/4', 'reserved addresses'],
    ['::/96', 'the loopback address and other reserved ones'],
    ['64:ff9b::/96', 'addresses that translate to IPv4'],
    ['fe80::/10', 'link-local addresses'],
    ['fec0::/10', 'reserved addresses'],
    ['ff00::/8', 'multicast addresses'],
  ] as const
).map(([block, what]) => [parseCidr(block), what]);

const FORM = 'use a private network, such as 10.77.0.0/16 or fd77::/64';

/** @throws WgError for a text that is not a network; Error for a network that an overlay cannot have */
export function checkOverlayNetwork(text: string): void {
  const { cidr, prefixLength } = parseOverlayNetwork(text);
  if (prefixLength === 0) throw new Error(`${cidr} is every address there is: ${FORM}`);
  const unfit = UNFIT.find(([block]) => cidrsOverlap(cidr, block));
  if (unfit !== undefined) throw new Error(`${cidr} has ${unfit[1]} (${unfit[0]}) in it: ${FORM}`);
}

/** Finds networks that cover an address of this host, each with the first of these addresses. */
export function* ownAddressIssues(
  networks: readonly string[],
  interfaces: HostInterfaces,
): Generator<ConfigIssue> {
  for (const [at, text] of networks.entries()) {
    const network = parseCidr(text);
    const own = Object.entries(interfaces)
      .flatMap(([name, infos = []]) => infos.map((info) => ({ name, info })))
      .find(({ info }) => cidrsOverlap(network, parseAllowedIp(info.address)) && !isOfMesh(info));
    if (own !== undefined)
      yield {
        paths: [['networks', at]],
        message: `${network} holds this host's own address ${own.info.address} (${own.name}): choose a network that no host uses`,
      };
  }
}

/**
 * Finds networks that contain the address at which nodes reach the controller. Nodes would look for that
 * address inside their tunnels.
 */
export function* controllerAddressIssues({
  networks,
  public_names,
  nodes_url,
}: Pick<ControllerConfig, 'networks' | 'public_names' | 'nodes_url'>): Generator<ConfigIssue> {
  const inUrl = nodes_url === undefined ? [] : [hostIn(new URL(nodes_url))];
  const reached = [...public_names, ...inUrl].filter(isIpAddress);
  for (const [at, text] of networks.entries()) {
    const network = parseCidr(text);
    const inside = reached.find((address) => cidrsOverlap(network, parseAllowedIp(address)));
    if (inside !== undefined)
      yield {
        paths: [['networks', at]],
        message: `${network} holds ${inside}, by which nodes reach this controller: choose a network that no host uses`,
      };
  }
}

/**
 * Whether an agent on this host gave the address to the mesh's own interface. That address is recognised by
 * its form: a single host (/32, /128), on an interface that is not the loopback and, like all WireGuard
 * interfaces, has no hardware address. A cloud may give a network card a /32, but the card has a hardware
 * address, so its address counts as the host's own.
 */
function isOfMesh({ cidr, mac, internal, family }: NetworkInterfaceInfo): boolean {
  const isSingle = cidr?.endsWith(family === 'IPv4' ? '/32' : '/128') === true;
  return isSingle && !internal && mac === '00:00:00:00:00:00';
}
