// The values that go into nftables text. Each is checked when it is made; only such values are rendered.

import {
  type Cidr,
  cidrAddress,
  type InterfaceName,
  type IpFamily,
  ipFamily,
  isHostCidr,
  parseAllowedIp,
  parseInterfaceName,
} from '@mesh/wg';
import type { PairLimit } from './pair-limit.ts';

/** The name of each guard table starts with it; tables with other names are never swept. */
export const TABLE_PREFIX = 'mesh-';

export type Forwarding = 'drop' | 'allow';

export interface GuardTable {
  readonly interfaceName: InterfaceName;
  /** What the host forwards from or to the interface: nothing, or what would pass as its own traffic. */
  readonly forwarding: Forwarding;
}

/** One overlay address of a peer. */
export interface GuardElement {
  readonly family: IpFamily;
  /** Without a prefix. */
  readonly address: string;
  readonly limit: PairLimit | undefined;
}

export function tableName(interfaceName: InterfaceName): string {
  // Checked again, because here the name becomes part of a ruleset.
  return `${TABLE_PREFIX}${parseInterfaceName(interfaceName)}`;
}

/** @returns undefined for a range wider than one host @throws WgError `invalid_cidr` */
export function hostElement(address: Cidr, limit?: PairLimit): GuardElement | undefined {
  const range = parseAllowedIp(address);
  if (!isHostCidr(range)) return undefined;
  return { family: ipFamily(range), address: cidrAddress(range), limit };
}
