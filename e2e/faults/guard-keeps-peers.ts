// A guard that keeps letting through every peer that it ever let through, for as long as the lease lasts.

import { GuardKeeper as Keeper } from '../../apps/node-agent/src/guard/guard-keeper.ts';
import type { GuardedPeer, LeaseGuard } from '../../packages/wg-device/src/guard/lease-guard.ts';

export class GuardKeeper extends Keeper {
  constructor(guard: LeaseGuard, restricted: () => void) {
    const everSeen = new Map<string, GuardedPeer>();
    const keeping: LeaseGuard = {
      kind: guard.kind,
      apply: ({ peers, endsAtBootMs }) => {
        for (const peer of peers) everSeen.set(peer.addresses.join(), peer);
        return guard.apply({ peers: [...everSeen.values()], endsAtBootMs });
      },
      removeNow: () => Promise.resolve(),
      state: () => guard.state(),
      restrictions: () => guard.restrictions(),
      stop: () => guard.stop(),
      down: () => guard.down(),
    };
    super(keeping, restricted);
  }
}
