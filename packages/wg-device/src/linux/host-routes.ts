// Finds which routes for single peers are missing or no longer wanted, inside and outside the overlay's
// networks, and writes lines for `ip -batch`. Pure. It never replaces another program's route:
// `route replace` replaces the first of the routes with the same block and metric, so that one is checked
// before.

import { type Cidr, type IpFamily, ipFamily } from '@mesh/wg';
import type { FoundRoute } from '../port/link-state.ts';

/**
 * Marks the routes that this package made (rtnetlink(7), rtm_protocol). iproute2 has no name for this number.
 */
const PROTOCOL = '119';

export interface RouteTable {
  readonly family: IpFamily;
  readonly found: readonly FoundRoute[];
  /** The caller's interfaces. */
  readonly ours: ReadonlySet<string>;
}

export interface HostRoutes {
  /** The interface that gets the route of a block. */
  readonly carrierOf: (block: Cidr) => string;
  readonly blocks: readonly Cidr[];
  /** Whether the route of a block that is no longer wanted may be removed. */
  readonly mayGo: (block: Cidr) => boolean;
}

export function keepHostRoutes(table: RouteTable, { carrierOf, blocks, mayGo }: HostRoutes): string[] {
  const wanted = new Set(blocks.filter((block) => ipFamily(block) === table.family));
  const first = firstOfEach(table);
  const kept = [...wanted].flatMap((block) => {
    const [holder, carrier] = [first.get(block), carrierOf(block)];
    if (holder === undefined) return [`route add ${line(table, block, carrier)}`];
    if (holder.device === carrier || !isOurs(table, holder)) return [];
    return [`route replace ${line(table, block, carrier)}`];
  });
  const stale = madeByUs(table)
    .filter(({ destination }) => !wanted.has(destination) && mayGo(destination))
    .map(({ destination, holder }) => `route delete ${line(table, destination, holder)}`);
  return [...kept, ...stale];
}

/** Moves the peers' routes of the caller's other interfaces to this one. */
export function moveHostRoutes(table: RouteTable, carrier: string): string[] {
  const first = firstOfEach(table);
  return madeByUs(table)
    .filter((route) => route.device !== carrier && first.get(route.destination) === route)
    .map(({ destination }) => `route replace ${line(table, destination, carrier)}`);
}

/**
 * The lowest metric, which no other route to the same block can precede. IPv6 reads 0 as its default, 1024.
 */
function metricOf(family: IpFamily): number {
  return family === 4 ? 0 : 1;
}

function line({ family }: RouteTable, block: Cidr, device: string): string {
  const metric = metricOf(family);
  return `${block} dev ${device} proto ${PROTOCOL}${metric === 0 ? '' : ` metric ${metric}`}`;
}

/**
 * For each block, the first route with the metric of `metricOf`: the kernel uses it, and `route replace`
 * would replace it.
 */
function firstOfEach({ family, found }: RouteTable): Map<Cidr, FoundRoute> {
  const first = new Map<Cidr, FoundRoute>();
  for (const route of found) {
    if (route.metric === metricOf(family) && !first.has(route.destination))
      first.set(route.destination, route);
  }
  return first;
}

function madeByUs(table: RouteTable): FoundRoute[] {
  return table.found.filter((route) => route.protocol === PROTOCOL && isOurs(table, route));
}

function isOurs({ ours }: RouteTable, { device }: FoundRoute): boolean {
  return device !== undefined && ours.has(device);
}
