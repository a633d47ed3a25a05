// What a look at this host's routes has found → what is said of it and which peers have to stay out. Pure.

import type { NodeId } from '@mesh/primitives';
import { type Cidr, cidrCovers } from '@mesh/wg';
import type { RouteSurvey } from '../tunnel/overlay-routes.ts';
import type { Desired } from './desired-peers.ts';
import type { HeldConfig } from './held-config.ts';

/** What an overlap leads to: peers' own routes that keep their traffic in the tunnel, or no peer at all. */
export type OnOverlap = 'host-routes' | 'refuse';

/** Something of somebody else's on this host that takes a part of the overlay. */
export interface RouteOverlap {
  /** `lookup`: the kernel goes by another table, or by a rule, for the peers that are named. */
  readonly kind: 'address' | 'route' | 'lookup';
  /** A block, an address with its prefix length, or for `lookup` the network of the overlay. */
  readonly prefix: string;
  /** Undefined for a route that ends here (a blackhole; of IPv6 that is one to `lo`). */
  readonly interfaceName: string | undefined;
  readonly table: string;
  /** By this machine's wall clock. */
  readonly sinceMs: number;
  /**
   * `host-routes`: the peers' own routes keep their traffic in the tunnel. `leaking`: not those of `peers`, which are
   * kept off the interface. `refused`: nobody is on the interface.
   */
  readonly handled: 'host-routes' | 'refused' | 'leaking';
  /** For which the kernel would take this way in spite of their own routes. */
  readonly peers: readonly NodeId[];
}

export interface OverlapInput {
  readonly survey: RouteSurvey;
  readonly networks: readonly Cidr[];
  readonly config: HeldConfig | undefined;
  readonly onOverlap: OnOverlap;
  /** As found before: since when. */
  readonly known: readonly RouteOverlap[];
  readonly nowMs: number;
}

export function routeOverlaps({
  survey,
  networks,
  config,
  onOverlap,
  known,
  nowMs,
}: OverlapInput): RouteOverlap[] {
  const found = new Map<string, Omit<RouteOverlap, 'sinceMs' | 'handled'> & { peers: NodeId[] }>();
  for (const { kind, prefix, interfaceName } of survey.foreign) {
    const overlap = { kind, prefix, interfaceName, table: 'main', peers: [] };
    found.set(overlapKey(overlap), overlap);
  }
  const nodeOf = new Map(
    [...(config?.peers.values() ?? [])].flatMap((peer) =>
      peer.allowedIps.map((address): [Cidr, NodeId] => [address, peer.nodeId]),
    ),
  );
  for (const stray of survey.strays) {
    const nodeId = nodeOf.get(stray.address);
    if (nodeId === undefined) continue;
    const cause = causeOf(stray, survey.foreign) ?? {
      kind: 'lookup' as const,
      prefix: networks.find((network) => cidrCovers(network, stray.address)) ?? stray.address,
      interfaceName: stray.interfaceName,
      table: stray.table,
    };
    const overlap = found.get(overlapKey(cause)) ?? { ...cause, peers: [] };
    if (!overlap.peers.includes(nodeId)) overlap.peers.push(nodeId);
    found.set(overlapKey(cause), overlap);
  }
  const since = new Map(known.map((overlap) => [overlapKey(overlap), overlap.sinceMs]));
  return [...found].map(
    ([key, overlap]): RouteOverlap => ({
      ...overlap,
      peers: overlap.peers.sort(),
      sinceMs: since.get(key) ?? nowMs,
      handled: overlap.peers.length > 0 ? 'leaking' : onOverlap === 'refuse' ? 'refused' : 'host-routes',
    }),
  );
}

/** What is to be told of a look: what is there for the first time or has changed, and what is there no more. */
export function changedOverlaps(before: readonly RouteOverlap[], now: readonly RouteOverlap[]) {
  const [earlier, later] = [before, now].map(
    (overlaps) => new Map(overlaps.map((overlap) => [overlapKey(overlap), overlap])),
  );
  return {
    found: now.filter((overlap) => {
      const known = earlier?.get(overlapKey(overlap));
      return known?.handled !== overlap.handled || known.peers.join() !== overlap.peers.join();
    }),
    gone: before.filter((overlap) => later?.has(overlapKey(overlap)) === false),
  };
}

/** What makes two findings one and the same. */
function overlapKey({
  kind,
  prefix,
  interfaceName,
  table,
}: Pick<RouteOverlap, 'kind' | 'prefix' | 'interfaceName' | 'table'>): string {
  return JSON.stringify([kind, prefix, interfaceName, table]);
}

/** The desired peers without those whose traffic would not stay in the tunnel; nobody where any overlap is refused. */
export function withoutLeaking(
  desired: Desired,
  overlaps: readonly RouteOverlap[],
  onOverlap: OnOverlap,
): Desired {
  if (desired.kind === 'closed' || overlaps.length === 0) return desired;
  if (onOverlap === 'refuse') return { kind: 'closed', why: 'routes_overlap' };
  if (desired.kind === 'unknown') return desired;
  const leaking = new Set(overlaps.flatMap(({ peers }) => peers));
  if (leaking.size === 0) return desired;
  return {
    kind: 'peers',
    peers: new Map([...desired.peers].filter(([, { nodeId }]) => !leaking.has(nodeId))),
  };
}

/** The narrowest of what was found that can explain it; an address of this host's own is answered with `lo`. */
function causeOf(
  { address, interfaceName, table }: RouteSurvey['strays'][number],
  foreign: RouteSurvey['foreign'],
) {
  if (table !== 'main' && table !== 'local') return undefined;
  const [narrowest] = foreign
    .filter(
      (route) =>
        cidrCovers(route.block, address) &&
        (route.interfaceName === interfaceName || (route.kind === 'address' && interfaceName === 'lo')),
    )
    .sort((one, other) => lengthOf(other.block) - lengthOf(one.block));
  if (narrowest === undefined) return undefined;
  const { kind, prefix, interfaceName: through } = narrowest;
  return { kind, prefix, interfaceName: through, table: 'main' };
}

function lengthOf(block: Cidr): number {
  return Number(block.slice(block.indexOf('/') + 1));
}
