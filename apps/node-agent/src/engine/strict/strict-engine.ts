// The engine of strict rotation. Each slot has its own engine, which follows that slot's part of the plan.
// This engine moves the routes from slot to slot at each boundary. A config that removes a peer removes it
// from both slots.

import { LogField, Nap } from '@mesh/host';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { InterfaceSlot } from '@mesh/wg';
import type { Tunnel } from '@mesh/wg-device';
import { earliestTrouble } from '../../events/trouble.ts';
import type { Lease } from '../../lease/lease.ts';
import { commonEpoch } from '../../plan/applied-epochs.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import { missingHandshakes } from '../../plan/missing-handshakes.ts';
import { slotConfig } from '../../plan/slot-config.ts';
import { planStrictSlots, SLOTS, type StrictPlan } from '../../plan/strict-slots.ts';
import { EngineReports } from '../one-interface/engine-reports.ts';
import type { InterfaceEngine } from '../one-interface/interface-engine.ts';
import type { Engine, EngineSnapshot } from '../port/engine.ts';
import { openSlotEngine, type SlotOptions, type SlotParts, type SlotPorts } from './open-slot-engine.ts';
import { SlotReports } from './slot-reports.ts';
import { SlotRoutes } from './slot-routes.ts';

export interface StrictEngineOptions extends SlotOptions {
  readonly slots: Readonly<Record<InterfaceSlot, SlotParts>>;
  /** Whether to check that the handshakes were made. A dry run makes none. */
  readonly verifyHandshakes: boolean;
}

/** The longest nap: timers stand still while the machine sleeps, epochs do not. */
const MAX_NAP_MS = 1_000;
const RETRY_MS = 100;

export class StrictEngine implements Engine {
  readonly #verifyHandshakes: boolean;
  readonly #ports: SlotPorts;
  readonly #routes: SlotRoutes;
  readonly #reports: EngineReports;
  readonly #engines: Readonly<Record<InterfaceSlot, InterfaceEngine>>;
  #config: HeldConfig | undefined;
  #verified: EpochId | undefined;
  readonly #nap: Nap;

  constructor({ slots, verifyHandshakes, ...shared }: StrictEngineOptions, ports: SlotPorts) {
    this.#verifyHandshakes = verifyHandshakes;
    this.#ports = ports;
    this.#nap = new Nap(ports.timers);
    this.#reports = new EngineReports(ports);
    this.#routes = new SlotRoutes({
      interfaceNames: { a: slots.a.interfaceName, b: slots.b.interfaceName },
      routes: ports.routes,
      clock: ports.clock,
      reconcileMs: shared.reconcileMs,
    });
    const reports = new SlotReports({
      record: ports.record,
      logger: ports.logger,
      isMember: (nodeId) => this.#isMember(nodeId),
      interfaceUp: (slot, kind) => {
        if (kind === 'created') this.#routes.interfaceCreated(slot);
        this.#nap.wake();
      },
    });
    const open = (slot: InterfaceSlot) =>
      openSlotEngine(
        slot,
        slots[slot],
        shared,
        { ...ports, record: (event) => reports.take(slot, event), epochApplied: () => this.#nap.wake() },
        {
          planAt: (leaseHolds, controllerNowMs) => this.#planAt(leaseHolds, controllerNowMs),
          carrying: () => this.#routes.carrying,
        },
      );
    this.#engines = { a: open('a'), b: open('b') };
  }

  get tunnel(): Tunnel {
    return this.#engines[this.#carrier()].tunnel;
  }

  get guard() {
    return this.#engines[this.#carrier()].guard;
  }

  heard(leaseSeconds: number, config?: HeldConfig): Lease {
    this.#follow(config);
    const [lease] = SLOTS.map((slot) =>
      this.#engines[slot].heard(leaseSeconds, config === undefined ? undefined : slotConfig(config, slot)),
    );
    this.#nap.wake();
    return lease as Lease;
  }

  resume(lease: Lease, config: HeldConfig | undefined): void {
    this.#follow(config);
    for (const slot of SLOTS)
      this.#engines[slot].resume(lease, config === undefined ? undefined : slotConfig(config, slot));
    this.#nap.wake();
  }

  snapshot(): EngineSnapshot {
    const ofSlots = SLOTS.map((slot) => this.#engines[slot].snapshot());
    return {
      ...this.#engines[this.#carrier()].snapshot(),
      trouble: earliestTrouble(this.#reports.trouble, ...ofSlots.map(({ trouble }) => trouble)),
    };
  }

  members(): ReturnType<Engine['members']> {
    return this.#engines[this.#carrier()].members();
  }

  async run(signal: AbortSignal): Promise<void> {
    // The routes are read before the slots plan, because the slot that carries is kept while no epoch in
    // force is known.
    await this.#routes.look().catch((error: unknown) => this.#failed(error));
    await Promise.all([...SLOTS.map((slot) => this.#engines[slot].run(signal)), this.#switchRoutes(signal)]);
  }

  async down(): Promise<void> {
    for (const slot of SLOTS) await this.#engines[slot].down();
  }

  stop(): void {
    for (const slot of SLOTS) this.#engines[slot].stop();
  }

  #follow(config: HeldConfig | undefined): void {
    if (config === undefined) return;
    this.#config = config;
    this.#ports.routeWatch.follow(config);
  }

  #carrier(): InterfaceSlot {
    return this.#routes.carrying ?? 'a';
  }

  async #switchRoutes(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#nap.arm();
      const napMs = await this.#turn().catch((error: unknown) => this.#failed(error));
      if (signal.aborted) return;
      await this.#nap.take(napMs, signal);
    }
  }

  /** @returns how long until the next turn */
  async #turn(): Promise<number> {
    const plan = this.#plan();
    const { carries } = plan;
    if (carries !== undefined && carries !== this.#routes.routed) {
      // The slot's engine wakes this one when its interface is up.
      if (!this.#engines[carries].snapshot().interfaceUp) return MAX_NAP_MS;
      await this.#routes.moveTo(carries);
      this.#ports.logger.debug(
        { [LogField.slot]: carries, [LogField.epochId]: plan.epochId },
        'the routes moved',
      );
      return 0;
    }
    if (plan.verify !== undefined && plan.verify.epochId !== this.#verified) {
      this.#verified = plan.verify.epochId;
      await this.#verify(plan.verify);
      return 0;
    }
    this.#noteEpoch(plan);
    if (this.#routes.nextLookInMs() <= 0 && (await this.#routes.look())) {
      this.#ports.record({ type: 'found_altered', finding: { kind: 'routes_moved' } });
      this.#ports.logger.warn('the overlay was routed elsewhere by somebody else; it is put right');
      return 0;
    }
    this.#reports.worked('routes');
    return this.#napMs(plan);
  }

  #plan(): StrictPlan {
    const { leaseLeftMs } = this.#engines.a.snapshot();
    return this.#planAt(leaseLeftMs > 0, this.#ports.controllerClock.nowMs());
  }

  #planAt(leaseHolds: boolean, controllerNowMs: number): StrictPlan {
    const { carrying } = this.#routes;
    return planStrictSlots({ config: this.#config, leaseHolds, controllerNowMs, carrying });
  }

  /** Reports which pairs have no session yet in the slot that is about to carry them. */
  async #verify({ slot, epochId }: NonNullable<StrictPlan['verify']>): Promise<void> {
    if (!this.#verifyHandshakes) return;
    const desired = this.#ports.routeWatch.permitted(this.#plan().slots[slot]);
    if (desired.kind !== 'peers') return;
    // An interface that cannot be read is a trouble of its own engine and not of the routes.
    const state = await this.#engines[slot].tunnel.read().catch(() => undefined);
    const nodeIds = state === undefined ? [] : missingHandshakes(desired, state.peers);
    if (nodeIds.length === 0) return;
    this.#ports.record({ type: 'standby_not_ready', epochId, nodeIds });
    this.#ports.logger.warn(
      { [LogField.epochId]: epochId, [LogField.peerIds]: nodeIds },
      'pairs have no handshake yet in the slot of the next epoch: a lost packet, or keys that differ',
    );
  }

  #noteEpoch({ carries, epochId }: StrictPlan): void {
    if (carries === undefined || epochId === undefined) return;
    const applied = this.#engines[carries].snapshot().appliedEpochs;
    if (commonEpoch(applied) === epochId) this.#reports.epochApplied(epochId, applied.size);
  }

  #isMember(nodeId: NodeId): boolean {
    return this.#plan().slots.a.kind === 'peers' && this.#config?.peers.has(nodeId) === true;
  }

  #napMs({ nextAtMs }: StrictPlan): number {
    const untilChangeMs =
      nextAtMs === undefined ? MAX_NAP_MS : nextAtMs - this.#ports.controllerClock.nowMs();
    return Math.max(1, Math.min(MAX_NAP_MS, untilChangeMs, this.#routes.nextLookInMs()));
  }

  #failed(error: unknown): number {
    this.#reports.failed('routes', error, 'the routes could not be moved; trying again');
    return RETRY_MS;
  }
}
