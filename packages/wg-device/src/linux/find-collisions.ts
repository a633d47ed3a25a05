// Finds what this host's other interfaces have in common with the overlay's networks: addresses and routes
// within a network, and those that contain one. The default route and halves of it (a VPN's pair of /1)
// contain every network and collide with none.

import { type Cidr, cidrsOverlap, IP_FAMILIES, type IpFamily, ipFamily } from '@mesh/wg';
import type { ForeignRoute } from '../port/overlay-routes.ts';
import { askIp } from './ask-ip.ts';
import { addressesIn, foreignOf } from './find-foreign-routes.ts';
import { asBlock } from './ip-json.ts';
import { routesIn } from './ip-routes.ts';
import type { RunCommand } from './run-command.ts';

export interface CollisionQuestion {
  readonly networks: readonly Cidr[];
  /** The caller's interfaces, whether they exist or not. */
  readonly ours: ReadonlySet<string>;
}

/** @throws TunnelError */
export async function findCollisions(
  run: RunCommand,
  { networks, ours }: CollisionQuestion,
): Promise<ForeignRoute[]> {
  const found: ForeignRoute[] = [];
  for (const family of IP_FAMILIES) {
    const ofFamily = networks.filter((network) => ipFamily(network) === family);
    if (ofFamily.length > 0) found.push(...(await collisionsOf(run, family, ofFamily, ours)));
  }
  return found;
}

async function collisionsOf(
  run: RunCommand,
  family: IpFamily,
  networks: readonly Cidr[],
  ours: ReadonlySet<string>,
): Promise<ForeignRoute[]> {
  const entries = await askIp(run, [`-${family}`], ['route show table main', 'address show']);
  const collides = (block: Cidr) =>
    !/\/[01]$/.test(block) && networks.some((network) => cidrsOverlap(network, block));
  return foreignOf(
    { ours, routes: routesIn(entries, family), addresses: addressesIn(entries) },
    { address: ({ prefix }) => collides(asBlock(prefix)), route: collides },
  );
}
