// The host rules as nftables batches. Pure.
//
// One table for each node, `inet meshhost-<interface>`: sets of its interfaces, its addresses and the
// overlay's networks; and three base chains. Packets from other interfaces are judged before any other rule
// can change their destination (as a port does that a container publishes on the overlay address). Packets
// from a mesh interface are judged by their final destination. Nothing expires, counts or uses connection
// tracking, so the table's text is its whole state.

import {
  type Cidr,
  type InterfaceName,
  IP_FAMILIES,
  type IpFamily,
  ipFamily,
  parseAllowedIp,
  parseSlottedInterfaceName,
  slotInterfaceName,
} from '@mesh/wg';
import type { Forwarding } from '../guard/guard-table.ts';
import { ADDRESS_TYPE, batch, chain, filterChain, removeTable } from '../nft/nft-batch.ts';

/**
 * The name of each such table starts with it. A guard table's name does not, and these do not start with
 * `mesh-`.
 */
export const HOST_TABLE_PREFIX = 'meshhost-';

export interface HostTable {
  /** Names the table and the interfaces: NAME in place, NAME-a and NAME-b in strict rotation. */
  readonly name: InterfaceName;
  readonly networks: readonly Cidr[];
  /** `drop`: nothing is forwarded from or to a mesh interface. */
  readonly forwarding: Forwarding;
}

const PROTOCOL: Record<IpFamily, 'ip' | 'ip6'> = { 4: 'ip', 6: 'ip6' };

export function hostTableName(name: InterfaceName): string {
  // Checked again, because here the name becomes part of a ruleset.
  return `${HOST_TABLE_PREFIX}${parseSlottedInterfaceName(name)}`;
}

/** The interfaces that a node of this name may have. @throws WgError `invalid_interface_name` */
export function interfacesOfNode(name: InterfaceName): readonly InterfaceName[] {
  return [parseSlottedInterfaceName(name), slotInterfaceName(name, 'a'), slotInterfaceName(name, 'b')];
}

/**
 * The whole table, in place of the one that is there.
 * @param neighbours other nodes in this network namespace, whose own rules say what may come by their
 *   interfaces
 */
export function renderHostRules(
  table: HostTable,
  addresses: readonly Cidr[],
  neighbours: readonly InterfaceName[] = [],
): string {
  const name = hostTableName(table.name);
  return batch([
    ...removeTable(name),
    `add table inet ${name}`,
    `add set inet ${name} mesh { type ifname; elements = { ${interfacesOfNode(table.name)
      .map((each) => `"${each}"`)
      .join(', ')} }; }`,
    ...IP_FAMILIES.flatMap((family) => [
      ...addressSet(name, `own${family}`, family, addresses),
      ...addressSet(name, `networks${family}`, family, table.networks),
    ]),
    ...chain(
      name,
      'elsewhere',
      [
        'iifname "lo" return',
        'iifname @mesh return',
        ...IP_FAMILIES.flatMap((family) => [
          `${PROTOCOL[family]} daddr @own${family} drop`,
          `${PROTOCOL[family]} saddr @own${family} drop`,
        ]),
        ...neighbours.flatMap(interfacesOfNode).map((each) => `iifname "${each}" return`),
        ...IP_FAMILIES.map((family) => `${PROTOCOL[family]} saddr @networks${family} drop`),
      ],
      ' { type filter hook prerouting priority raw; policy accept; }',
    ),
    ...chain(
      name,
      'from_overlay',
      IP_FAMILIES.map((family) => `${PROTOCOL[family]} saddr != @networks${family} drop`),
    ),
    ...chain(
      name,
      'to_own',
      IP_FAMILIES.map((family) => `${PROTOCOL[family]} daddr != @own${family} drop`),
    ),
    ...filterChain(name, 'input', ['iifname @mesh jump from_overlay', 'iifname @mesh jump to_own']),
    ...filterChain(
      name,
      'forward',
      table.forwarding === 'drop'
        ? ['iifname @mesh drop', 'oifname @mesh drop']
        : ['iifname @mesh jump from_overlay'],
    ),
  ]);
}

/** Removes the table whether or not it is there. */
export function renderHostRulesRemoval(name: InterfaceName): string {
  return batch(removeTable(hostTableName(name)));
}

function addressSet(table: string, name: string, family: IpFamily, ranges: readonly Cidr[]): string[] {
  const elements = ranges.map((range) => parseAllowedIp(range)).filter((range) => ipFamily(range) === family);
  return [
    `add set inet ${table} ${name} { type ${ADDRESS_TYPE[family]}; flags interval; auto-merge; }`,
    ...(elements.length === 0 ? [] : [`add element inet ${table} ${name} { ${elements.join(', ')} }`]),
  ];
}
