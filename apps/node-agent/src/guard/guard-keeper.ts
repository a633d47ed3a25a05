// What the engine asks of the guard: desired peers + config + lease → who passes, and until when. It asks
// only when one of them has changed, or after it has closed to an address, so that it can be called in every
// turn.

import { defined } from '@mesh/primitives';
import type { Cidr } from '@mesh/wg';
import type { GuardedPeer, LeaseGuard } from '@mesh/wg-device';
import type { Lease } from '../lease/lease.ts';
import type { Desired } from '../plan/desired-peers.ts';
import type { HeldConfig, HeldPeer } from '../plan/held-config.ts';

export interface Standing {
  readonly kind: Desired['kind'];
  readonly config: HeldConfig | undefined;
  readonly lease: Lease | undefined;
}

export class GuardKeeper {
  readonly #guard: LeaseGuard;
  #last: Standing | undefined;

  constructor(guard: LeaseGuard) {
    this.#guard = guard;
  }

  /** Returns at once. As long as nothing is known, what an earlier run left stays. */
  keep({ kind, config, lease }: Standing): void {
    if (kind === 'unknown') return;
    const last = this.#last;
    if (last?.kind === kind && last.config === config && last.lease === lease) return;
    this.#last = { kind, config, lease };
    const peers = kind === 'peers' && config !== undefined ? [...config.peers.values()] : [];
    void this.#guard.apply({ peers: peers.map(guardedPeer), endsAtBootMs: lease?.endsAtBootMs ?? 0 });
  }

  /** Closes to these addresses at once, ahead of the next `keep`. */
  closeTo(addresses: readonly Cidr[]): void {
    // The next `keep` must ask again: it may give the same address to another peer.
    this.#last = undefined;
    void this.#guard.removeNow(addresses);
  }
}

function guardedPeer({ allowedIps, limit }: HeldPeer): GuardedPeer {
  return { addresses: allowedIps, ...defined({ limit }) };
}
