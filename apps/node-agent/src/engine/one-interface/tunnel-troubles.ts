// Keeps which parts of the work on the tunnel fail, and since when. A part fails until it succeeds, however
// often it is tried and even if the reason changes.

import type { Clock } from '@mesh/host';
import { earliestTrouble, type Trouble, type TunnelPart } from '../../events/trouble.ts';

export class TunnelTroubles {
  readonly #clock: Clock;
  readonly #failing = new Map<TunnelPart, Trouble>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The trouble that began first; undefined if nothing fails. */
  get first(): Trouble | undefined {
    return earliestTrouble(...this.#failing.values());
  }

  /**
   * @returns whether that is news: the part worked until now or failed with another code. Another message is
   *   no news
   */
  failed(part: TunnelPart, code: string, message: string): boolean {
    const before = this.#failing.get(part);
    const sinceMs = before?.sinceMs ?? Math.floor(this.#clock.nowMs());
    this.#failing.set(part, { sinceMs, code, message });
    return before?.code !== code;
  }

  /** @returns the trouble that has ended; undefined if there was no trouble */
  worked(part: TunnelPart): Trouble | undefined {
    const ended = this.#failing.get(part);
    this.#failing.delete(part);
    return ended;
  }
}
