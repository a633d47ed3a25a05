// The port for what strict rotation switches at an epoch's boundary: which of its two interfaces the overlay networks
// are routed to. Adapters: ip-overlay-routes.ts, and dry-run-overlay-routes.ts for interfaces that are not there.

import type { InterfaceName } from '@mesh/wg';

/** Every method rejects with `TunnelError` and nothing else. */
export interface OverlayRoutes {
  /** The interface of ours that carries all networks; undefined where none does. */
  read(): Promise<InterfaceName | undefined>;

  /**
   * Routes every network to this interface, which must be up. One replacement a network, so that at no instant is
   * there none: overlay traffic never leaves by the default route. Idempotent.
   * Rejects with `route_conflict` where a stranger's interface has the route.
   */
  switchTo(interfaceName: InterfaceName): Promise<void>;

  /**
   * Lets an interface receive what would be answered through the other one: both hold the node's overlay address, and
   * the two ends of a pair never switch at the same instant. @returns false where the kernel's setting may not be
   * changed and would drop such packets
   */
  acceptFromEither(interfaceName: InterfaceName): Promise<boolean>;
}
