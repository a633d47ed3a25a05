// Keeps the guard up to date: config and lease decide which peers pass and until when. It calls the guard
// only if its input has changed or after it closed to an address, so that the engine can call it in every
// turn.

import { defined } from '@mesh/primitives';
import type { Cidr } from '@mesh/wg';
import type { GuardedPeer, LeaseGuard } from '@mesh/wg-device';
import type { Lease } from '../lease/lease.ts';
import type { Desired } from '../plan/desired-peers.ts';
import { type HeldConfig, type HeldPeer, permittedPeers } from '../plan/held-config.ts';

export interface GuardInput {
  readonly kind: Desired['kind'];
  readonly config: HeldConfig | undefined;
  readonly lease: Lease | undefined;
}

const NOBODY: readonly GuardedPeer[] = [];

export class GuardKeeper {
  readonly #guard: LeaseGuard;
  readonly #restricted: () => void;
  #last: GuardInput | undefined;
  /** The peers of the config that was last made into them. */
  #made: { readonly config: HeldConfig; readonly peers: readonly GuardedPeer[] } | undefined;

  /**
   * @param restricted called when the guard has been given peers that are kept to a service, or has failed
   */
  constructor(guard: LeaseGuard, restricted: () => void) {
    this.#guard = guard;
    this.#restricted = restricted;
  }

  /** Returns at once. While nothing is known, the guard stays as an earlier run left it. */
  keep({ kind, config, lease }: GuardInput): void {
    if (kind === 'unknown') return;
    const last = this.#last;
    if (last?.kind === kind && last.config === config && last.lease === lease) return;
    this.#last = { kind, config, lease };
    const peers = kind === 'peers' && config !== undefined ? this.#peersOf(config) : NOBODY;
    const applied = this.#guard.apply({ peers, endsAtBootMs: lease?.endsAtBootMs ?? 0 });
    if (peers.some(({ service }) => service !== undefined)) void applied.then(this.#restricted);
  }

  /** The same list for the same config, so that the guard has nothing to compare when a lease is renewed. */
  #peersOf(config: HeldConfig): readonly GuardedPeer[] {
    if (this.#made?.config !== config)
      this.#made = { config, peers: permittedPeers(config).map(guardedPeer) };
    return this.#made.peers;
  }

  /** Closes to these addresses at once, before the next `keep`. */
  closeTo(addresses: readonly Cidr[]): void {
    // The next `keep` must call the guard again, because another peer may have one of these addresses.
    this.#last = undefined;
    void this.#guard.removeNow(addresses);
  }
}

function guardedPeer({ allowedIps, limit, onlyService }: HeldPeer): GuardedPeer {
  return { addresses: allowedIps, ...defined({ limit, service: onlyService }) };
}
