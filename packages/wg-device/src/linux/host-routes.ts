// Routes for single peers, within or beside the overlay's networks: what is missing of them, as lines for
// `ip -batch`. Pure. A stranger's route is never replaced: `route replace` takes the first of equal ones, so
// that one is looked at.

import { type Cidr, type IpFamily, ipFamily } from '@mesh/wg';
import type { FoundRoute } from './ip-routes.ts';

/** Says that an agent made a route (rtnetlink(7), rtm_protocol): a number that iproute2 gives no name. */
const PROTOCOL = '119';

export interface RouteTable {
  readonly family: IpFamily;
  readonly found: readonly FoundRoute[];
  /** The agent's interfaces. */
  readonly ours: ReadonlySet<string>;
}

export interface HostRoutes {
  /** The interface that is to carry them. */
  readonly carrier: string;
  readonly blocks: readonly Cidr[];
  /** Whether the route of a block that is wanted no more may go. */
  readonly mayGo: (block: Cidr) => boolean;
}

export function keepHostRoutes(table: RouteTable, { carrier, blocks, mayGo }: HostRoutes): string[] {
  const wanted = new Set(blocks.filter((block) => ipFamily(block) === table.family));
  const first = firstOfEach(table);
  const kept = [...wanted].flatMap((block) => {
    const holder = first.get(block);
    if (holder === undefined) return [`route add ${line(table, block, carrier)}`];
    if (holder.device === carrier || !isOurs(table, holder)) return [];
    return [`route replace ${line(table, block, carrier)}`];
  });
  const stale = madeByAgent(table)
    .filter(({ destination }) => !wanted.has(destination) && mayGo(destination))
    .map(({ destination, holder }) => `route delete ${line(table, destination, holder)}`);
  return [...kept, ...stale];
}

/** Those that point to another interface of the agent's than this one. */
export function moveHostRoutes(table: RouteTable, carrier: string): string[] {
  const first = firstOfEach(table);
  return madeByAgent(table)
    .filter((route) => route.device !== carrier && first.get(route.destination) === route)
    .map(({ destination }) => `route replace ${line(table, destination, carrier)}`);
}

/**
 * The lowest metric: before it, no route to the same block counts. IPv6 has its own default for 0, which is
 * 1024.
 */
function metricOf(family: IpFamily): number {
  return family === 4 ? 0 : 1;
}

function line({ family }: RouteTable, block: Cidr, device: string): string {
  const metric = metricOf(family);
  return `${block} dev ${device} proto ${PROTOCOL}${metric === 0 ? '' : ` metric ${metric}`}`;
}

/** By block, of the metric that the agent uses, the route that counts and that `replace` would take. */
function firstOfEach({ family, found }: RouteTable): Map<Cidr, FoundRoute> {
  const first = new Map<Cidr, FoundRoute>();
  for (const route of found) {
    if (route.metric === metricOf(family) && !first.has(route.destination))
      first.set(route.destination, route);
  }
  return first;
}

function madeByAgent(table: RouteTable): FoundRoute[] {
  return table.found.filter((route) => route.protocol === PROTOCOL && isOurs(table, route));
}

function isOurs({ ours }: RouteTable, { device }: FoundRoute): boolean {
  return device !== undefined && ours.has(device);
}
