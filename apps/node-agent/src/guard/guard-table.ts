// The values that go into nftables text, each checked when it is made. Only what passes here is ever rendered.

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
import type { PairLimit } from '../plan/pair-limit.ts';

/** Every table of ours starts with it; nothing else is ever swept. */
export const TABLE_PREFIX = 'mesh-';

export type Forwarding = 'drop' | 'allow';

export interface GuardTable {
  readonly interfaceName: InterfaceName;
  /** What the host forwards from or to the interface: nothing, or what would pass as its own. */
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
  // Once more: this is where the name meets a ruleset.
  return `${TABLE_PREFIX}${parseInterfaceName(interfaceName)}`;
}

/** @returns undefined for a range wider than one host @throws WgError `invalid_cidr` */
export function hostElement(address: Cidr, limit?: PairLimit): GuardElement | undefined {
  const range = parseAllowedIp(address);
  if (!isHostCidr(range)) return undefined;
  return { family: ipFamily(range), address: cidrAddress(range), limit };
}
