// The participants: a victim that serves, a peer that is allowed, a node that is cut, and a host that was
// never a member.

import type { IpFamily } from '@mesh/wg';

export const NODES = ['victim', 'peer', 'cut'] as const;
export type Name = (typeof NODES)[number];

/** By family. */
export type Addresses = Readonly<Record<IpFamily, string>>;

/** Addresses of the underlay besides the lab's own IPv4 addresses. */
export const UNDERLAY_6 = {
  victim: '2001:db8:98::1',
  peer: '2001:db8:98::2',
  cut: '2001:db8:98::3',
  stranger: '2001:db8:98::4',
};

/** An address of the victim that belongs to neither network. */
export const INNER: Addresses = { 4: '198.51.100.1', 6: '2001:db8:1::1' };

/**
 * The port of the service that is bound to the overlay address, and of the one that is bound to every
 * address.
 */
export const OVERLAY_PORT = 7_001;
export const WILDCARD_PORT = 7_002;
