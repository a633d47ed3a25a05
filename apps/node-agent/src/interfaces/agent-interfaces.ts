// The port through which the agent comes by its interfaces: one in place, two in strict rotation.

import type { Rotation } from '@mesh/protocol';
import type { Cidr, InterfaceName } from '@mesh/wg';
import type { LeaseGuard, OverlayRoutes, Tunnel } from '@mesh/wg-device';

export interface AgentInterfaces {
  /** At most 13 characters, so that `-a` and `-b` fit behind it. */
  readonly name: InterfaceName;
  /** What the interfaces on this host were made for; in place where there are none. */
  readonly rotation: Rotation;
  /**
   * The adapters of this name, or of one of its slots; nothing is made yet. @throws TunnelError
   */
  open(name: InterfaceName): Promise<{ readonly tunnel: Tunnel; readonly guard: LeaseGuard }>;
  /**
   * Removes an interface, by whichever run it was made; none there is fine. Its guard is swept when another
   * is opened.
   * @throws TunnelError
   */
  remove(name: InterfaceName): Promise<void>;
  /** Of all of them together, whichever there are. */
  routes(networks: readonly Cidr[]): OverlayRoutes;
}
