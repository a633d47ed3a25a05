// The port for the routes that send packets into a tunnel. The overlay is the network of the peers'
// addresses. It has a route for each of its networks, and one more route for each peer's address. So another
// program's route for a part of a network, now or later, takes no peer with it. Adapters:
// ip-overlay-routes.ts, and dry-run-overlay-routes.ts for interfaces that do not exist.

import type { Cidr, InterfaceName } from '@mesh/wg';

export interface ForeignRoute {
  readonly kind: 'address' | 'route';
  /** As `ip` shows it: a block, or an address with the length of its prefix. */
  readonly prefix: string;
  /** What it takes from the overlay: the block of a route, the subnet of an address. */
  readonly block: Cidr;
  /** Undefined for a route without a device, such as a blackhole. (A blackhole of IPv6 has `lo`.) */
  readonly interfaceName: string | undefined;
}

export interface StrayRoute {
  readonly address: Cidr;
  /** `lo` for one of this host's own addresses. */
  readonly interfaceName: string | undefined;
  readonly table: string;
}

export interface RouteLook {
  /**
   * One of the caller's interfaces; it must be up. It carries the peers' routes while no interface carries
   * the networks.
   */
  readonly interfaceName: string;
  /**
   * The blocks that get their own route, peer by peer. Undefined while they are not known: then the existing
   * routes stay.
   */
  readonly blocks: readonly Cidr[] | undefined;
  /** Blocks that go to another of the caller's interfaces than the rest; it must be up. */
  readonly diverted?: { readonly interfaceName: InterfaceName; readonly blocks: readonly Cidr[] };
  /** This host's own overlay addresses. */
  readonly own: readonly Cidr[];
}

export interface RouteSurvey {
  /** Routes and addresses of other interfaces within the overlay's networks. */
  readonly foreign: readonly ForeignRoute[];
  /**
   * Peers' addresses whose packets the kernel would send by an interface that is not the caller's, in spite
   * of their routes.
   */
  readonly strays: readonly StrayRoute[];
}

/** Every method rejects with `TunnelError` and nothing else. */
export interface OverlayRoutes {
  /** The one of the caller's interfaces that carries all networks; undefined if they are not all on one. */
  read(): Promise<InterfaceName | undefined>;

  /**
   * Routes every network and every peer to this interface, which must be up. Each route is replaced in one
   * step, so overlay traffic leaves by no other interface at any instant. Idempotent. Rejects with
   * `route_conflict` if another program's interface has replaced the route of a network.
   */
  switchTo(interfaceName: InterfaceName): Promise<void>;

  /**
   * Routes each peer's block to the interface that carries the networks, and finds other programs' routes and
   * addresses there. If another program has a route for exactly that block, it stays, and `strays` names the
   * peer. The route of a block that is no longer wanted is removed, but only if one of the networks covers
   * the block and no other program's route or address does: otherwise packets for the peer that left would
   * leave in the clear. Idempotent.
   */
  look(wanted: RouteLook): Promise<RouteSurvey>;

  /**
   * Lets an interface receive packets whose answers leave by another of the caller's interfaces. While a host
   * moves its overlay from one interface to another, both have its overlay address, and the two ends of a
   * pair do not move at the same instant. @returns false if the kernel's setting cannot be read or changed,
   * so that it may drop such packets
   */
  acceptFromEither(interfaceName: InterfaceName): Promise<boolean>;
}
