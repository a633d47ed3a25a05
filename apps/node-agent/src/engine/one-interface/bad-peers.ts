// Finds the bad peer in a set. When a set fails over one of its peers, the peers are tried one by one. A peer
// that fails twice alone is held back for a while, so one bad peer does not keep the others out. A single
// failure is not enough: somebody else may have been changing the interface at that moment.

import type { Clock } from '@mesh/host';
import type { WgPublicKey } from '@mesh/wg';
import { TunnelError, type TunnelErrorCode } from '@mesh/wg-device';
import { messageOf } from '../../errors/agent-error.ts';
import type { Trouble } from '../../events/trouble.ts';
import type { Plan } from '../../plan/reconcile.ts';

interface Named {
  readonly publicKey: WgPublicKey;
}

const HELD_BACK_MS = 10_000;
/** Failures that may be due to one of several peers. */
const PEER_FAULTS: ReadonlySet<TunnelErrorCode> = new Set([
  'allowed_ip_taken',
  'invalid_input',
  'apply_failed',
]);

export class BadPeers {
  readonly #clock: Clock;
  /** Until when, on the monotonic clock. */
  readonly #heldBack = new Map<WgPublicKey, number>();
  /** Peers that have been held back and have not been set since. */
  readonly #failing = new Map<WgPublicKey, Trouble>();
  /** Peers that have failed once when they were tried alone. */
  readonly #suspects = new Set<WgPublicKey>();
  #oneByOne = false;
  #undecided = false;
  #known = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether peers are tried one by one now. */
  get oneByOne(): boolean {
    return this.#oneByOne;
  }

  /** Whether a peer has just failed alone for the first time: try it again at once. Reading it resets it. */
  takeUndecided(): boolean {
    const undecided = this.#undecided;
    this.#undecided = false;
    return undecided;
  }

  /**
   * Whether the last failure concerned only peers that are known to fail in this way. Reading it resets it.
   */
  takeKnown(): boolean {
    const known = this.#known;
    this.#known = false;
    return known;
  }

  isHeldBack(publicKey: WgPublicKey): boolean {
    return this.#heldBack.has(publicKey);
  }

  /** The peers that cannot be set: since when, and why. */
  get failing(): ReadonlyMap<WgPublicKey, Trouble> {
    return this.#failing;
  }

  /** These peers are no longer wanted, or have been set: their failures do not count any more. */
  forget(publicKeys: readonly WgPublicKey[]): void {
    for (const publicKey of publicKeys) this.#failing.delete(publicKey);
  }

  /** The plan without the peers that are held back. Removals are never held back. */
  withoutHeldBack(plan: Plan): Plan {
    if (this.#heldBack.size === 0) return plan;
    const nowMs = this.#clock.monotonicMs();
    for (const [publicKey, untilMs] of this.#heldBack) if (untilMs <= nowMs) this.#heldBack.delete(publicKey);
    const allowed = ({ publicKey }: Named) => !this.#heldBack.has(publicKey);
    return {
      ...plan,
      setPsks: plan.setPsks.filter(allowed),
      update: plan.update.filter(allowed),
      add: plan.add.filter(allowed),
    };
  }

  /** The peers of a set that go into one call now. */
  portion<Member extends Named>(set: readonly Member[]): readonly Member[] {
    return this.#oneByOne ? set.slice(0, 1) : set;
  }

  /** Makes the call that changes these peers, and learns from its failure. @throws what the call throws */
  async watch(peers: readonly Named[], call: () => Promise<void>): Promise<void> {
    try {
      await call();
      this.forget(peers.map(({ publicKey }) => publicKey));
    } catch (error) {
      if (error instanceof TunnelError && PEER_FAULTS.has(error.code)) {
        this.#known = peers.every(({ publicKey }) => this.#failing.get(publicKey)?.code === error.code);
        const [only, ...others] = peers;
        if (only !== undefined && others.length === 0) {
          if (this.#suspects.delete(only.publicKey)) this.#holdBack(only.publicKey, error);
          else {
            this.#suspects.add(only.publicKey);
            this.#undecided = true;
          }
        }
        this.#oneByOne = true;
      }
      throw error;
    }
  }

  #holdBack(publicKey: WgPublicKey, error: TunnelError): void {
    this.#heldBack.set(publicKey, this.#clock.monotonicMs() + HELD_BACK_MS);
    const sinceMs = this.#failing.get(publicKey)?.sinceMs ?? Math.floor(this.#clock.nowMs());
    this.#failing.set(publicKey, { sinceMs, code: error.code, message: messageOf(error) });
  }

  /** Everything planned has been done: the next set is tried as a whole again. */
  settled(): void {
    this.#oneByOne = false;
    this.#suspects.clear();
  }
}
