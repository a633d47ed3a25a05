// A host with the caller's two interfaces and another program's bridge, on real devices.

import { parseAllowedIp, parseCidr, parseInterfaceName } from '@mesh/wg';
import { createIpLink } from '../../src/linux/ip-link.ts';
import { createIpOverlayRoutes } from '../../src/linux/ip-overlay-routes.ts';
import { runOrThrow } from '../../src/linux/run-command.ts';
import type { OverlayRoutes, RouteSurvey } from '../../src/port/overlay-routes.ts';
import { createLabHost, type LabHost } from './lab-host.ts';

export const A = parseInterfaceName('mesh0-a');
export const B = parseInterfaceName('mesh0-b');
export const NETWORKS = ['10.44.0.0/16', 'fd44::/64'].map(parseCidr);
export const OWN = ['10.44.0.1', 'fd44::1'].map(parseAllowedIp);

/** The addresses and blocks of each address family that the tests use. */
export const FAMILIES = {
  IPv4: {
    option: '-4',
    network: '10.44.0.0/16',
    own: '10.44.0.1',
    peer: '10.44.0.5',
    other: '10.44.0.6',
    foreign: '10.44.0.200',
    subnet: '10.44.0.0/24',
    halves: ['10.44.0.0/17', '10.44.128.0/17'],
    everything: ['0.0.0.0/1', '128.0.0.0/1'],
  },
  IPv6: {
    option: '-6',
    network: 'fd44::/64',
    own: 'fd44::1',
    peer: 'fd44::5',
    other: 'fd44::6',
    foreign: 'fd44::200',
    subnet: 'fd44::/96',
    halves: ['fd44::/65', 'fd44::8000:0:0:0/65'],
    everything: ['::/1', '8000::/1'],
  },
} as const;
export type FamilyLab = (typeof FAMILIES)[keyof typeof FAMILIES];

export interface OverlapLab {
  readonly host: LabHost;
  readonly routes: OverlayRoutes;
  ip(...args: readonly string[]): Promise<string>;
  /** Gives the bridge an address with its subnet. */
  giveAddress(prefix: string): Promise<void>;
  look(peers: readonly string[], interfaceName?: string): Promise<RouteSurvey>;
  /** The device by which the kernel sends packets for this address. */
  wayTo(address: string, ...more: readonly string[]): Promise<string | undefined>;
}

export async function createOverlapLab(): Promise<OverlapLab> {
  const host = await createLabHost();
  const ip = async (...args: readonly string[]) =>
    new TextDecoder().decode(await runOrThrow(host.run, 'ip', args));
  // As on WireGuard's interfaces, which have no neighbours, the kernel looks for no double of an address:
  // that would change addresses and routes seconds after they were set. And as they do, none of the caller's
  // interfaces makes an address of its own.
  await runOrThrow(host.run, 'sh', ['-c', 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad']);
  const pairs = [A, B].map((name, index) => [name, `far${index}`] as const);
  const links = [
    ...pairs.flatMap(([name, far]) => [
      `link add ${name} type veth peer name ${far}`,
      ...[name, far].map((end) => `link set ${end} addrgenmode none`),
      `link set ${far} up`,
    ]),
    'link add br0 type bridge',
    'link set br0 up',
  ];
  await runOrThrow(host.run, 'ip', ['-batch', '-'], { stdin: links.join('\n') });
  for (const name of [A, B])
    await createIpLink(host.run, name).ensure({ addresses: OWN, mtu: 1_400, routes: [] });
  const routes = createIpOverlayRoutes({ run: host.run, networks: NETWORKS, interfaceNames: [A, B] });
  return {
    host,
    routes,
    ip,
    giveAddress: async (prefix) => {
      await ip('address', 'add', prefix, 'dev', 'br0', ...(prefix.includes(':') ? ['nodad'] : []));
    },
    look: (peers, interfaceName = A) =>
      routes.look({ interfaceName, blocks: peers.map(parseAllowedIp), own: OWN }),
    wayTo: async (address, ...more) => / dev (\S+)/.exec(await ip('route', 'get', address, ...more))?.[1],
  };
}
