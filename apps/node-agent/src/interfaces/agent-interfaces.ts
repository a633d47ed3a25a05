// The port through which the agent opens its interfaces: one in place, two in strict rotation.

import type { Rotation } from '@mesh/protocol';
import type { Cidr, InterfaceName } from '@mesh/wg';
import type { LeaseGuard, OverlayRoutes, Tunnel } from '@mesh/wg-device';

export interface AgentInterfaces {
  /** At most 13 characters, so that `-a` and `-b` fit behind it. */
  readonly name: InterfaceName;
  /** The rotation that the interfaces on this host were made for; in place if there are none. */
  readonly rotation: Rotation;
  /**
   * The adapters of the interface with this name. The interface itself is not created yet. @throws
   * TunnelError
   */
  open(name: InterfaceName): Promise<{ readonly tunnel: Tunnel; readonly guard: LeaseGuard }>;
  /** Whether an interface of this name exists on this host. @throws TunnelError */
  exists(name: InterfaceName): Promise<boolean>;
  /**
   * Removes an interface, even if an earlier run made it. Does nothing if there is no such interface. Its
   * guard is removed when another interface is opened.
   * @throws TunnelError
   */
  remove(name: InterfaceName): Promise<void>;
  /** The routes of all the agent's interfaces together. */
  routes(networks: readonly Cidr[]): OverlayRoutes;
}
