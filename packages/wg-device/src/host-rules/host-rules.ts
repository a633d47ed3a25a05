// The port for the rules that tie this node's overlay addresses to its mesh interfaces, as the strong host
// model has it (RFC 1122, section 3.3.4.2). Linux follows the weak model: it accepts a packet for any of its
// addresses on any interface. So a service bound to an overlay address could be reached by anybody who routes
// that address to the host's underlay address. Adapters: nft-host-rules.ts, no-host-rules.ts.

import type { Cidr } from '@mesh/wg';

export type HostRulesState =
  /** Nothing was asked for yet: what an earlier run left is in force. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'applied' }
  /** It is not known what is in the kernel. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/**
 * The rules of one node, for all its interfaces together: with strict rotation either slot may receive
 * packets for the address.
 *
 * What holds once `tie` has resolved: a packet for or from one of these addresses is dropped unless it came
 * by one of the node's mesh interfaces or by the loopback. So is a packet from within the overlay's networks,
 * except on interfaces of another node in this network namespace, which that node's own rules cover. A packet
 * that came by a mesh interface is dropped unless it is from within the overlay and for one of these
 * addresses; with forwarding allowed, its destination may also lie behind the host.
 * Time: the rules do not expire. They outlive the lease and the agent, until `down`. The next start of an
 * agent on this host removes the rules of nodes whose interfaces are gone.
 * Atomicity: new rules replace the old ones in one transaction.
 */
export interface HostRules {
  readonly kind: 'nftables' | 'none';
  /**
   * Call it before the addresses are on an interface, and from time to time: it repairs what somebody else
   * has changed.
   * @throws TunnelError
   */
  tie(addresses: readonly Cidr[]): Promise<void>;
  state(): HostRulesState;
  /** Removes the rules. Call it once the addresses are gone. @throws TunnelError */
  down(): Promise<void>;
}
