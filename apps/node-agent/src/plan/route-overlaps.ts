// Derives from a look at this host's routes which overlaps are reported and which peers must stay off the
// interface. Pure.

import type { NodeId } from '@mesh/primitives';
import { type Cidr, cidrCovers } from '@mesh/wg';
import type { RouteSurvey } from '@mesh/wg-device';
import type { Desired } from './desired-peers.ts';
import type { HeldConfig } from './held-config.ts';

/**
 * What is done about an overlap. `host-routes`: each peer's own route keeps its traffic in the
 * tunnel. `refuse`: no peer is on the interface.
 */
export type OnOverlap = 'host-routes' | 'refuse';

/** Another route or address of this host within the overlay's networks. */
export interface RouteOverlap {
  /** `lookup`: for `peers`, the kernel uses another table or a rule. */
  readonly kind: 'address' | 'route' | 'lookup';
  /** A block, an address with its prefix length, or for `lookup` the overlay's network. */
  readonly prefix: string;
  /** Undefined for a route that ends on this host (a blackhole, which in IPv6 is a route to `lo`). */
  readonly interfaceName: string | undefined;
  readonly table: string;
  /** By this machine's wall clock. */
  readonly sinceMs: number;
  /**
   * `host-routes`: each peer's own route keeps its traffic in the tunnel. `leaking`: the routes of `peers` do
   * not, so those peers are kept off the interface. `refused`: no peer is on the interface.
   */
  readonly handled: 'host-routes' | 'refused' | 'leaking';
  /** Peers whose traffic would take this route in spite of their own routes. */
  readonly peers: readonly NodeId[];
}

export interface OverlapInput {
  readonly survey: RouteSurvey;
  readonly networks: readonly Cidr[];
  readonly config: HeldConfig | undefined;
  readonly onOverlap: OnOverlap;
  /** What was found before. It gives the time since when an overlap exists. */
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

/**
 * What has changed since the previous look: overlaps that are new or have another handling or other peers,
 * and overlaps that are gone.
 */
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

/** Two findings with the same key are the same overlap. */
function overlapKey({
  kind,
  prefix,
  interfaceName,
  table,
}: Pick<RouteOverlap, 'kind' | 'prefix' | 'interfaceName' | 'table'>): string {
  return JSON.stringify([kind, prefix, interfaceName, table]);
}

/**
 * The desired peers without those whose traffic would not stay in the tunnel. With `refuse`, an overlap
 * leaves no peers.
 */
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

/**
 * The narrowest foreign route that explains the stray. For an address of this host the kernel answers with
 * `lo`.
 */
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
