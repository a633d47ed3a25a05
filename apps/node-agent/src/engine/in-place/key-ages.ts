// Since when the node has its present keys. An interface can have a new key before the peers of the key
// before are gone from it: their handshakes are no sessions of the new one.

import type { Clock } from '@mesh/host';
import type { InterfaceSlot, WgPublicKey } from '@mesh/wg';

export class KeyAges {
  readonly #ownKey: (slot: InterfaceSlot) => WgPublicKey;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #seen = new Map<InterfaceSlot, { readonly key: WgPublicKey; readonly sinceSeconds: number }>();

  constructor(ownKey: (slot: InterfaceSlot) => WgPublicKey, clock: Pick<Clock, 'nowMs'>) {
    this.#ownKey = ownKey;
    this.#clock = clock;
  }

  /** Call it often. */
  look(): void {
    for (const slot of ['a', 'b'] as const) {
      const key = this.#ownKey(slot);
      const seen = this.#seen.get(slot);
      if (seen?.key === key) continue;
      const sinceSeconds = seen === undefined ? 0 : Math.floor(this.#clock.nowMs() / 1_000);
      this.#seen.set(slot, { key, sinceSeconds });
    }
  }

  /** In seconds since 1970; 0 for the first key that was seen. */
  sinceSeconds(slot: InterfaceSlot): number {
    return this.#seen.get(slot)?.sinceSeconds ?? 0;
  }
}
