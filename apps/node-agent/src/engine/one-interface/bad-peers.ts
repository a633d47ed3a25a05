// Finds the bad peers of a set. When a call for several peers fails because of a peer, the peers are tried
// one by one. A peer that fails twice alone is held back for a while, so that it does not keep the others
// out. One failure is not enough, because another program may have changed the interface at that moment.

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
/** Error codes that one of several peers may have caused. */
const PEER_FAULTS: ReadonlySet<TunnelErrorCode> = new Set([
  'allowed_ip_taken',
  'invalid_input',
  'apply_failed',
]);

export class BadPeers {
  readonly #clock: Clock;
  /** Until when each peer is held back, on the monotonic clock. */
  readonly #heldBack = new Map<WgPublicKey, number>();
  /** Peers that have been held back and were not set since. */
  readonly #failing = new Map<WgPublicKey, Trouble>();
  /** Peers that have failed once alone. */
  readonly #suspects = new Set<WgPublicKey>();
  #triesOneByOne = false;
  #hasFirstFailure = false;
  #wasKnown = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether peers are tried one by one now. */
  get triesOneByOne(): boolean {
    return this.#triesOneByOne;
  }

  /**
   * Whether a peer has just failed alone for the first time, so that it has to be tried again at once. The
   * call resets it.
   */
  takeFirstFailure(): boolean {
    const isFirst = this.#hasFirstFailure;
    this.#hasFirstFailure = false;
    return isFirst;
  }

  /**
   * Whether all peers of the last failure were already known to fail in this way. The call resets it.
   */
  takeWasKnown(): boolean {
    const wasKnown = this.#wasKnown;
    this.#wasKnown = false;
    return wasKnown;
  }

  holdsAnyBack(): boolean {
    return this.#heldBack.size > 0;
  }

  isHeldBack(publicKey: WgPublicKey): boolean {
    return this.#heldBack.has(publicKey);
  }

  /** The peers that cannot be set: since when, and why. */
  get failing(): ReadonlyMap<WgPublicKey, Trouble> {
    return this.#failing;
  }

  /** Forgets the failures of these peers, because they were set or are no longer wanted. */
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

  /** The peers of a set that go into the next call. */
  portion<Member extends Named>(set: readonly Member[]): readonly Member[] {
    return this.#triesOneByOne ? set.slice(0, 1) : set;
  }

  /** Makes the call that changes these peers, and notes its failure. @throws what the call throws */
  async watch(peers: readonly Named[], call: () => Promise<void>): Promise<void> {
    try {
      await call();
      this.forget(peers.map(({ publicKey }) => publicKey));
    } catch (error) {
      if (error instanceof TunnelError && PEER_FAULTS.has(error.code)) {
        this.#wasKnown = peers.every(({ publicKey }) => this.#failing.get(publicKey)?.code === error.code);
        const [only, ...others] = peers;
        if (only !== undefined && others.length === 0) {
          if (this.#suspects.delete(only.publicKey)) this.#holdBack(only.publicKey, error);
          else {
            this.#suspects.add(only.publicKey);
            this.#hasFirstFailure = true;
          }
        }
        this.#triesOneByOne = true;
      }
      throw error;
    }
  }

  #holdBack(publicKey: WgPublicKey, error: TunnelError): void {
    this.#heldBack.set(publicKey, this.#clock.monotonicMs() + HELD_BACK_MS);
    const sinceMs = this.#failing.get(publicKey)?.sinceMs ?? Math.floor(this.#clock.nowMs());
    this.#failing.set(publicKey, { sinceMs, code: error.code, message: messageOf(error) });
  }

  /** Call it when everything planned is done. The next set is tried as a whole again. */
  settled(): void {
    this.#triesOneByOne = false;
    this.#suspects.clear();
  }
}
