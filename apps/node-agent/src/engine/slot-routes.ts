// Where the overlay's routes point to in strict rotation: the slot that carries the traffic.

import type { Clock } from '@mesh/host';
import type { InterfaceName, InterfaceSlot } from '@mesh/wg';
import { SLOTS } from '../plan/strict-slots.ts';
import type { OverlayRoutes } from '../tunnel/overlay-routes.ts';

export interface SlotRoutesOptions {
  readonly interfaceNames: Readonly<Record<InterfaceSlot, InterfaceName>>;
  readonly routes: OverlayRoutes;
  readonly clock: Clock;
  /** How often somebody looks where they really point to. */
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

  /** The slot that last carried: the one to keep while no epoch in force is known. */
  get carrying(): InterfaceSlot | undefined {
    return this.#carrying;
  }

  /** The slot that the routes were last seen or set to point to. */
  get routed(): InterfaceSlot | undefined {
    return this.#routed;
  }

  /** 0 or less: at once. */
  nextLookInMs(): number {
    return this.#nextLookMs - this.#options.clock.monotonicMs();
  }

  /** Where they really point to. @returns whether somebody else has moved them. @throws TunnelError */
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

  /** A new interface has no routes. */
  interfaceCreated(slot: InterfaceSlot): void {
    if (slot === this.#routed) this.#routed = undefined;
  }

  #noteLook(): void {
    this.#nextLookMs = this.#options.clock.monotonicMs() + this.#options.reconcileMs;
  }
}
