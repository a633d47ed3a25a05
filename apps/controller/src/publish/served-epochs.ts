// The epochs of which this process can give keys: those that it opened itself, and that have not been
// replaced by a newer one in force.

import { epochsAt, type MeshView } from '@mesh/membership';
import type { EpochId } from '@mesh/primitives';

type Epochs = ReturnType<typeof epochsAt>;

export class ServedEpochs {
  readonly #view: MeshView;
  /**
   * The first epoch that this process opened. Older epochs belong to an earlier process; this one has no keys
   * of them.
   */
  #first: EpochId | undefined;
  /**
   * The newest epoch that has come into force. The secrets of earlier epochs are gone, even if the clock is
   * set back.
   */
  #inForce: EpochId | 0 = 0;

  constructor(view: MeshView) {
    this.#view = view;
  }

  /** This process has opened an epoch. */
  opened(epochId: EpochId): void {
    this.#first ??= epochId;
  }

  /** An epoch has come into force. The secrets of earlier epochs are being zeroed. */
  cameIntoForce(epochId: EpochId): void {
    this.#inForce = epochId;
  }

  /** The first epoch that this process opened; undefined before that. */
  get first(): EpochId | undefined {
    return this.#first;
  }

  /** The epoch in force and the pending one, if this process holds their secrets. */
  at(nowMs: number): Epochs {
    const { current, next } = this.#byClock(nowMs);
    return {
      current: this.#isServed(current?.epochId) ? current : undefined,
      next: this.#isServed(next?.epochId) ? next : undefined,
    };
  }

  #isServed(epochId: EpochId | undefined): boolean {
    return epochId !== undefined && this.#first !== undefined && epochId >= this.#first;
  }

  /** A clock that is set back over a boundary does not bring back the old epoch. */
  #byClock(nowMs: number): Epochs {
    const { current, next } = epochsAt(this.#view, nowMs);
    if ((current?.epochId ?? 0) >= this.#inForce) return { current, next };
    return {
      current: this.#view.epochs().find(({ epochId }) => epochId === this.#inForce),
      next: (next?.epochId ?? 0) > this.#inForce ? next : undefined,
    };
  }
}
