// The port for the kernel's dead-man's switch: which peers' overlay traffic passes, how much of it, and until
// when. WireGuard's own peer list is what denies; the guard is what still closes the overlay when nobody is
// left to change that list. Adapters: nft-guard.ts, no-guard.ts.

import type { Cidr } from '@mesh/wg';
import type { OnlyService } from './only-service.ts';
import type { PairLimit } from './pair-limit.ts';

export interface GuardedPeer {
  /** Overlay addresses, one host each. What lies behind a peer (wider ranges) never passes. */
  readonly addresses: readonly Cidr[];
  /** The limit of this pair, in each direction. */
  readonly limit?: PairLimit;
  /** What this pair may use, if that is not everything. The guard forwards nothing from or to such a peer. */
  readonly service?: OnlyService;
}

export interface GuardWanted {
  /**
   * The same list as in the call before stands for the same peers, so do not change a list that was given.
   */
  readonly peers: readonly GuardedPeer[];
  /** The end of the lease. No packet passes after it unless `apply` is called with a later one. */
  readonly endsAtBootMs: number;
}

/** The peers that are kept to one service, as the kernel has it. */
export interface Restrictions {
  /** Whether every address of the peer may use its `service` and nothing else. */
  holdFor(peer: Pick<GuardedPeer, 'addresses' | 'service'>): boolean;
}

export type GuardState =
  /** Not asked for anything yet: what an earlier run left is in force. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'applied'; readonly addresses: number; readonly endsInMs: number }
  /** What is in the kernel is not known; trying again. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/**
 * The guard of one interface.
 *
 * Atomicity: what one call changes, changes in one transaction; no packet of a peer that stays is lost by it.
 * Idempotency: a call that asks for what is there does nothing; a fresh adapter takes over what an earlier
 * process left, and until its first `apply` changes nothing of it.
 * Time: entries end by themselves, in the kernel, at `endsAtBootMs` at the latest. They are renewed when a
 * sixth of their time has passed, at most once a second. The kernel's timers stand still while the machine
 * sleeps; the caller's lease does not, and takes its peers away on waking.
 * Failure: nothing here but `down` rejects or throws. A failure is reported once, and tried again until it
 * succeeds; meanwhile what is in the kernel goes on ageing.
 */
export interface LeaseGuard {
  readonly kind: 'nftables' | 'none';
  /** Resolves when the change is in the kernel, or has failed. The caller need not wait. */
  apply(wanted: GuardWanted): Promise<void>;
  /** Takes these addresses out at once, ahead of renewals. */
  removeNow(addresses: readonly Cidr[]): Promise<void>;
  state(): GuardState;
  /**
   * What the kernel was given last; nothing after a failure. A peer that is to use one service alone goes on
   * the interface when this holds for it, and leaves it when it does not. The same object as in the call
   * before stands for the same restrictions.
   */
  restrictions(): Restrictions;
  /** Stops renewing and leaves everything as it is: the entries end with the lease. */
  stop(): void;
  /** Removes everything. @throws TunnelError */
  down(): Promise<void>;
}
