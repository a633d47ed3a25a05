// Writes the host rules as nftables batches. Pure. Each name has one table, `inet meshhost-<name>`. It holds
// sets of the name's interfaces, its addresses and the overlay's networks, and three base chains. Packets
// from other interfaces are judged before another rule can change their destination, for instance the rule of
// a container that publishes a port on the overlay address. Packets from the name's interfaces are judged by
// their final destination. Nothing expires, counts or uses connection tracking, so the table's text is its
// whole state.

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
 * Every such table's name starts with it. No guard table's name does, and no such table's name starts with
 * `mesh-`.
 */
export const HOST_TABLE_PREFIX = 'meshhost-';

export interface HostTable {
  /** Names the table and its interfaces, which are NAME, NAME-a and NAME-b. */
  readonly name: InterfaceName;
  readonly networks: readonly Cidr[];
  /** `drop`: nothing is forwarded from or to one of these interfaces. */
  readonly forwarding: Forwarding;
}

const PROTOCOL: Record<IpFamily, 'ip' | 'ip6'> = { 4: 'ip', 6: 'ip6' };

export function hostTableName(name: InterfaceName): string {
  // Checked again, because here the name becomes part of a ruleset.
  return `${HOST_TABLE_PREFIX}${parseSlottedInterfaceName(name)}`;
}

/** NAME, NAME-a and NAME-b. @throws WgError `invalid_interface_name` */
export function interfacesOfName(name: InterfaceName): readonly InterfaceName[] {
  return [parseSlottedInterfaceName(name), slotInterfaceName(name, 'a'), slotInterfaceName(name, 'b')];
}

/**
 * The whole table. It replaces an existing one.
 * @param neighbours other names with host rules in this network namespace. Their own rules say what may come
 *   in by their interfaces.
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
    `add set inet ${name} mesh { type ifname; elements = { ${interfacesOfName(table.name)
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
        ...neighbours.flatMap(interfacesOfName).map((each) => `iifname "${each}" return`),
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
