// The port for the rules that tie a host's overlay addresses to its WireGuard interfaces, as the strong host
// model requires (RFC 1122, section 3.3.4.2). Linux follows the weak model: it accepts a packet for any of
// its addresses on any interface. So anybody who routes an overlay address to the host's underlay address
// could reach a service that listens on that overlay address. Adapters: nft-host-rules.ts, no-host-rules.ts.

import type { Cidr } from '@mesh/wg';

export type HostRulesState =
  /** `tie` was not called yet: the rules that an earlier run left are in force. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'applied' }
  /** The kernel's state is not known. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/**
 * The rules of one name, for all its interfaces together: NAME, NAME-a and NAME-b. While a host moves from
 * NAME-a to NAME-b, both may receive packets for its address.
 *
 * When `tie` has resolved, these rules hold. A packet for or from one of these addresses is dropped unless it
 * came in by one of these interfaces or by the loopback. A packet from within the overlay's networks is
 * dropped as well, except on interfaces that have host rules of another name in this network namespace. A
 * packet that came in by one of these interfaces is dropped unless it is from within the overlay and for one
 * of these addresses. With forwarding allowed, it may also be for an address behind the host.
 * Time: the rules do not expire. They outlive this process, until `down`. `sweepTables` removes the rules of
 * names whose interfaces are gone.
 * Atomicity: new rules replace the old ones in one transaction.
 */
export interface HostRules {
  readonly kind: 'nftables' | 'none';
  /**
   * Call it before the addresses are on an interface, and then again from time to time: it repairs what
   * another program has changed.
   * @throws TunnelError
   */
  tie(addresses: readonly Cidr[]): Promise<void>;
  state(): HostRulesState;
  /** Removes the rules. Call it once the addresses are gone. @throws TunnelError */
  down(): Promise<void>;
}
