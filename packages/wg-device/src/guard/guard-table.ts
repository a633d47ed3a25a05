// The values that go into nftables text. Each is checked when it is made, and only checked values are
// rendered.

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
import type { OnlyService } from './only-service.ts';
import type { PairLimit } from './pair-limit.ts';

/** Every guard table's name starts with it. */
export const TABLE_PREFIX = 'mesh-';

export type Forwarding = 'drop' | 'allow';

export interface GuardTable {
  readonly interfaceName: InterfaceName;
  /**
   * `drop`: the host forwards nothing from or to the interface. `allow`: it forwards what it would also let
   * pass as its own traffic.
   */
  readonly forwarding: Forwarding;
}

/** One overlay address of a peer. */
export interface GuardElement {
  readonly family: IpFamily;
  /** Without a prefix. */
  readonly address: string;
  readonly limit: PairLimit | undefined;
  /** What may pass if not everything may. */
  readonly service?: OnlyService | undefined;
}

export function tableName(interfaceName: InterfaceName): string {
  // Checked again, because here the name becomes part of a ruleset.
  return `${TABLE_PREFIX}${parseInterfaceName(interfaceName)}`;
}

/** @returns undefined for a range wider than one host @throws WgError for a range that cannot be parsed */
export function hostElement(
  address: Cidr,
  limit?: PairLimit,
  service?: OnlyService,
): GuardElement | undefined {
  const range = parseAllowedIp(address);
  if (!isHostCidr(range)) return undefined;
  return { family: ipFamily(range), address: cidrAddress(range), limit, service };
}
