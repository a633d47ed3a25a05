// An interface as a network device, and the routes beside it, as they were found.

import type { Cidr } from '@mesh/wg';

export interface LinkState {
  /** `wireguard` for the kernel's WireGuard, `tun` for a userspace one, another kind for other devices. */
  readonly kind: string | undefined;
  readonly mtu: number;
  readonly isUp: boolean;
  readonly addresses: readonly string[];
  /** The main table's IPv4 routes, those of other devices included. */
  readonly routes4: readonly FoundRoute[];
}

export interface FoundRoute {
  readonly destination: Cidr;
  /** The first device if there are several. Undefined for a route without one (blackhole, unreachable). */
  readonly device: string | undefined;
  /** The device. Without a device, the route's type. */
  readonly holder: string;
  /** Among routes to the same block the lowest metric wins, and among equal metrics the first in the list. */
  readonly metric: number;
  /** Who made the route. Undefined if a person made it with `ip`. */
  readonly protocol: string | undefined;
}
