// The port for the rules that tie this node's overlay addresses to its mesh interfaces, as the strong host model has it
// (RFC 1122, section 3.3.4.2). Linux follows the weak one: it takes a packet for any of its addresses on any interface. So
// a service that is bound to an overlay address could be read by whoever routes that address to the host's underlay.
// Adapters: nft-host-rules.ts, no-host-rules.ts.

import type { Cidr } from '@mesh/wg';

export type HostRulesState =
  /** Not asked for anything yet: what an earlier run left is in force. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'applied' }
  /** What is in the kernel is not known. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/**
 * The rules of one node, for all its interfaces together: with strict rotation either slot may receive for the one address.
 *
 * What holds once `tie` has resolved: a packet for one of these addresses passes if it came by a mesh interface or by the
 * loopback; so does a packet from one of them or from the overlay's networks. A packet that came by a mesh interface passes
 * if it is for one of these addresses, from within the overlay.
 * Time: the rules have no end. They outlive the lease, the agent and the interface, until `down`.
 * Atomicity: rules replace rules in one transaction.
 */
export interface HostRules {
  readonly kind: 'nftables' | 'none';
  /**
   * Call it before the addresses are on an interface, and from time to time: it puts right what somebody else has changed.
   * @throws TunnelError
   */
  tie(addresses: readonly Cidr[]): Promise<void>;
  state(): HostRulesState;
  /** Removes the rules. Call it once the addresses are gone. @throws TunnelError */
  down(): Promise<void>;
}
