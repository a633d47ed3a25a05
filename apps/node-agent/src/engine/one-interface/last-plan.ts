// Remembers the last plan. With many peers, planning compares all of them, and most turns plan from what the
// turn before planned from.

import type { Desired } from '../../plan/desired-peers.ts';
import { type FoundPeer, type Plan, type ReconcileMemory, reconcile } from '../../plan/reconcile.ts';

interface Made {
  readonly desired: Desired;
  readonly peers: readonly FoundPeer[];
  readonly plan: Plan;
}

export class LastPlan {
  #made: Made | undefined;

  /**
   * The last plan if it was made from the same objects. What is remembered of endpoints changes only with a
   * change of the interface, and `peers` is read again after that.
   */
  of(desired: Desired, peers: readonly FoundPeer[], memory: ReconcileMemory): Plan {
    if (this.#made?.desired !== desired || this.#made.peers !== peers)
      this.#made = { desired, peers, plan: reconcile(desired, peers, memory) };
    return this.#made.plan;
  }
}
