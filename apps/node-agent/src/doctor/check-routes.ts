// Does this host reach the controller over the underlay, and not through the tunnel that it controls?

import { type Cidr, cidrCovers, type IpAddress, parseAllowedIp } from '@mesh/wg';
import { type RunCommand, wayTo } from '@mesh/wg-device';
import { type Finding, failed, ok, skipped, worstOf } from './finding.ts';

export interface RoutesInput {
  /** Of the controller. */
  readonly addresses: readonly IpAddress[];
  /** The overlay's networks. */
  readonly networks: readonly Cidr[];
  /** Every interface that the agent may make. */
  readonly ours: ReadonlySet<string>;
  readonly run: RunCommand;
}

/** One address with a way is enough: agents try them all. @throws TunnelError */
export async function checkRoutes({ addresses, networks, ours, run }: RoutesInput): Promise<Finding> {
  if (addresses.length === 0) return skipped("the controller's address is not known");
  const found = await Promise.all(addresses.map((address) => look(address)));
  const [good] = found.filter(({ outcome }) => outcome === 'ok');
  return good ?? worstOf(found, failed('no address of the controller was looked at'));

  async function look(address: IpAddress): Promise<Finding> {
    if (networks.some((network) => cidrCovers(network, parseAllowedIp(address))))
      return failed(
        `the controller's address ${address} lies in the overlay: agents reach it over the underlay only, so give it another address, or the mesh other networks`,
      );
    const interfaceName = await wayTo(run, address);
    if (interfaceName === undefined)
      return failed(
        `this host has no route to the controller at ${address}: add one (ip route get ${address} shows it)`,
      );
    if (ours.has(interfaceName))
      return failed(
        `packets for the controller at ${address} go into the overlay (${interfaceName}): remove that route (ip route get ${address} shows it)`,
      );
    return ok(`the controller at ${address} is reached by ${interfaceName}`);
  }
}
