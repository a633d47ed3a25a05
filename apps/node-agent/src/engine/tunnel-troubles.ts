// Which parts of the work on the tunnel fail, and since when. A part fails until it has succeeded again, however often it is
// tried and whatever the newest reason is. Peers also count as settled where none is wanted.

import type { Clock } from '@mesh/host';
import { earliestTrouble, type Trouble, type TunnelPart } from '../observe/trouble.ts';

export class TunnelTroubles {
  readonly #clock: Clock;
  readonly #failing = new Map<TunnelPart, Trouble>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The one that began first; undefined: nothing fails. */
  get first(): Trouble | undefined {
    return earliestTrouble(...this.#failing.values());
  }

  /** @returns whether that is news: the part worked until now, or failed with another code. Messages may differ each time. */
  failed(part: TunnelPart, code: string, message: string): boolean {
    const before = this.#failing.get(part);
    const sinceMs = before?.sinceMs ?? Math.floor(this.#clock.nowMs());
    this.#failing.set(part, { sinceMs, code, message });
    return before?.code !== code;
  }

  /** @returns the trouble that has ended with it; undefined: there was none */
  worked(part: TunnelPart): Trouble | undefined {
    const ended = this.#failing.get(part);
    this.#failing.delete(part);
    return ended;
  }
}
