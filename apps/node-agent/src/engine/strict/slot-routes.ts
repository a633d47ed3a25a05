// Moves and watches the overlay's routes in strict rotation. The slot that they point to carries the traffic.

import type { Clock } from '@mesh/host';
import type { InterfaceName, InterfaceSlot } from '@mesh/wg';
import type { OverlayRoutes } from '@mesh/wg-device';
import { SLOTS } from '../../plan/strict-slots.ts';

export interface SlotRoutesOptions {
  readonly interfaceNames: Readonly<Record<InterfaceSlot, InterfaceName>>;
  readonly routes: OverlayRoutes;
  readonly clock: Clock;
  /** How often the routes are read to check where they point. */
  readonly reconcileMs: number;
}

export class SlotRoutes {
  readonly #options: SlotRoutesOptions;
  #carrying: InterfaceSlot | undefined;
  #routed: InterfaceSlot | undefined;
  #nextLookMs = Number.NEGATIVE_INFINITY;

  constructor(options: SlotRoutesOptions) {
    this.#options = options;
  }

  /** The slot that carried the traffic last. It is kept while no epoch in force is known. */
  get carrying(): InterfaceSlot | undefined {
    return this.#carrying;
  }

  /** The slot that the routes pointed to when they were last read or set. */
  get routed(): InterfaceSlot | undefined {
    return this.#routed;
  }

  /** How long until the next look is due; 0 or less if now. */
  nextLookInMs(): number {
    return this.#nextLookMs - this.#options.clock.monotonicMs();
  }

  /**
   * Reads where the routes point.
   *
   * @returns whether somebody else has moved them
   * @throws TunnelError
   */
  async look(): Promise<boolean> {
    const before = this.#routed;
    const found = await this.#options.routes.read();
    this.#noteLook();
    this.#routed = SLOTS.find((slot) => this.#options.interfaceNames[slot] === found);
    this.#carrying ??= this.#routed;
    return before !== undefined && this.#routed !== before;
  }

  /** @throws TunnelError */
  async moveTo(slot: InterfaceSlot): Promise<void> {
    await this.#options.routes.switchTo(this.#options.interfaceNames[slot]);
    this.#carrying = slot;
    this.#routed = slot;
    this.#noteLook();
  }

  /** Call it when a slot's interface was created: a new interface has no routes. */
  interfaceCreated(slot: InterfaceSlot): void {
    if (slot === this.#routed) this.#routed = undefined;
  }

  #noteLook(): void {
    this.#nextLookMs = this.#options.clock.monotonicMs() + this.#options.reconcileMs;
  }
}
