// The port for the routes by which packets find the mesh interface. The overlay's networks are routed as a
// whole, and each peer's address once more by itself: a route of somebody else's that takes a part of a
// network, now or later, takes no peer with it. Adapters: ip-overlay-routes.ts, and dry-run-overlay-routes.ts
// for interfaces that are not there.

import type { Cidr, InterfaceName } from '@mesh/wg';

export interface ForeignRoute {
  readonly kind: 'address' | 'route';
  /** As `ip` shows it: a block, or an address with the length of its prefix. */
  readonly prefix: string;
  /** What it takes: of an address its subnet. */
  readonly block: Cidr;
  /** Undefined for a route that ends here (a blackhole; of IPv6 that is one to `lo`). */
  readonly interfaceName: string | undefined;
}

export interface StrayRoute {
  readonly address: Cidr;
  /** `lo` for an address of this host's own. */
  readonly interfaceName: string | undefined;
  readonly table: string;
}

export interface RouteLook {
  /**
   * One of the agent's, which must be up. It carries the peers' routes while none of them carries the
   * networks.
   */
  readonly interfaceName: string;
  /**
   * What is to be routed for each peer by itself; undefined while it is not known: then what is there stays.
   */
  readonly blocks: readonly Cidr[] | undefined;
  /** The node's own overlay addresses. */
  readonly own: readonly Cidr[];
}

export interface RouteSurvey {
  /** What others have within the overlay's networks. */
  readonly foreign: readonly ForeignRoute[];
  /**
   * Peers' addresses for which the kernel would take another way than the agent's interfaces, in spite of
   * their routes.
   */
  readonly strays: readonly StrayRoute[];
}

/** Every method rejects with `TunnelError` and nothing else. */
export interface OverlayRoutes {
  /** The interface of ours that carries all networks; undefined where none does. */
  read(): Promise<InterfaceName | undefined>;

  /**
   * Routes every network to this interface, which must be up, and with them the peers' own routes. One
   * replacement a block, so that at no instant is there none: overlay traffic never leaves by another way.
   * Idempotent. Rejects with `route_conflict` where a stranger's interface has the route of a network in
   * place of ours.
   */
  switchTo(interfaceName: InterfaceName): Promise<void>;

  /**
   * Routes each peer's block to the interface that carries the networks, and looks who else has routes or
   * addresses there. Where a stranger has a route to exactly that block, it is left alone: see `strays`. The
   * route of a block that is wanted no more goes, if one of the networks covers it and nothing of a
   * stranger's does: else what is still sent to the peer that left would leave in the clear. Idempotent.
   */
  look(wanted: RouteLook): Promise<RouteSurvey>;

  /**
   * Lets an interface receive what would be answered through the other one: both hold the node's overlay
   * address, and the two ends of a pair never switch at the same instant. @returns false where the kernel's
   * setting may not be changed and would drop such packets
   */
  acceptFromEither(interfaceName: InterfaceName): Promise<boolean>;
}
