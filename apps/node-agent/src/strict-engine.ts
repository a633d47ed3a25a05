// Strict rotation: one engine a slot, which keeps its interface as the plan says, and this one above them, which moves
// the routes from slot to slot at each boundary. A removal reaches both slots with the config that says it.

import { type Clock, type Logger, sleep, type Timers } from '@mesh/host';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { InterfaceName, InterfaceSlot } from '@mesh/wg';
import { messageOf } from './agent-error.ts';
import type { Engine, EngineSnapshot } from './engine.ts';
import type { Lease } from './lease/lease.ts';
import type { AgentEvent, RecordEvent } from './observe/agent-events.ts';
import type { HeldConfig } from './plan/held-config.ts';
import { slotConfig } from './plan/slot-config.ts';
import { nextInstantMs, planStrictSlots, SLOTS, type StrictPlan } from './plan/strict-slots.ts';
import type { OverlayRoutes } from './tunnel/overlay-routes.ts';
import type { Tunnel } from './tunnel/tunnel.ts';
import { TunnelError } from './tunnel/tunnel-error.ts';
import { type EngineOptions, type EnginePorts, TunnelEngine } from './tunnel-engine.ts';
import type { ControllerClock } from './uplink/controller-clock.ts';

/** What is a slot's own: its key, its port, its interface and its guard. */
export type SlotParts = Pick<EngineOptions, 'privateKey' | 'listenPort'> &
  Pick<EnginePorts, 'tunnel' | 'guard'> & { readonly interfaceName: InterfaceName };

export interface StrictEngineOptions
  extends Omit<EngineOptions, 'privateKey' | 'listenPort' | 'planner' | 'routes'> {
  readonly slots: Readonly<Record<InterfaceSlot, SlotParts>>;
  /** Whether handshakes can be seen; a dry run makes none. */
  readonly verifyHandshakes: boolean;
}

export interface StrictEnginePorts extends Omit<EnginePorts, 'tunnel' | 'guard'> {
  readonly routes: OverlayRoutes;
}

/** The longest nap: timers stand still while the machine sleeps, epochs do not. */
const MAX_NAP_MS = 1_000;
const RETRY_MS = 100;

export class StrictEngine implements Engine {
  readonly #options: StrictEngineOptions;
  readonly #routes: OverlayRoutes;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #controllerClock: ControllerClock;
  readonly #record: RecordEvent;
  readonly #epochApplied: (epochId: EpochId) => void;
  readonly #logger: Logger;
  readonly #engines: Readonly<Record<InterfaceSlot, TunnelEngine>>;
  #config: HeldConfig | undefined;
  /** The slot that last carried: the one to keep while no epoch in force is known. */
  #carrying: InterfaceSlot | undefined;
  /** The slot that the routes were last seen or set to point to. */
  #routed: InterfaceSlot | undefined;
  #nextLookMs = Number.NEGATIVE_INFINITY;
  #verified: EpochId | undefined;
  #appliedEpoch: EpochId | undefined;
  /** Peers that were said to be added: not said again for every epoch. */
  readonly #announced = new Set<NodeId>();
  /** Peers that one slot has reported as removed: the other one says nothing new. */
  readonly #gone = new Set<NodeId>();
  #wake = new AbortController();

  constructor(options: StrictEngineOptions, ports: StrictEnginePorts) {
    this.#options = options;
    this.#routes = ports.routes;
    this.#clock = ports.clock;
    this.#timers = ports.timers;
    this.#controllerClock = ports.controllerClock;
    this.#record = ports.record;
    this.#epochApplied = ports.epochApplied;
    this.#logger = ports.logger;
    this.#engines = { a: this.#slotEngine('a', ports), b: this.#slotEngine('b', ports) };
  }

  get tunnel(): Tunnel {
    return this.#engines[this.#carrier()].tunnel;
  }

  get guard() {
    return this.#engines[this.#carrier()].guard;
  }

  heard(leaseSeconds: number, config?: HeldConfig): Lease {
    if (config !== undefined) this.#config = config;
    const [lease] = SLOTS.map((slot) =>
      this.#engines[slot].heard(leaseSeconds, config === undefined ? undefined : slotConfig(config, slot)),
    );
    this.#wake.abort();
    return lease as Lease;
  }

  resume(lease: Lease, config: HeldConfig | undefined): void {
    if (config !== undefined) this.#config = config;
    for (const slot of SLOTS)
      this.#engines[slot].resume(lease, config === undefined ? undefined : slotConfig(config, slot));
    this.#wake.abort();
  }

  snapshot(): EngineSnapshot {
    return this.#engines[this.#carrier()].snapshot();
  }

  async run(signal: AbortSignal): Promise<void> {
    // Before the slots plan: while no epoch in force is known, the slot that carries is the one to keep.
    await this.#look().catch((error: unknown) => this.#failed(error));
    await Promise.all([...SLOTS.map((slot) => this.#engines[slot].run(signal)), this.#switchRoutes(signal)]);
  }

  async down(): Promise<void> {
    for (const slot of SLOTS) await this.#engines[slot].down();
  }

  stop(): void {
    for (const slot of SLOTS) this.#engines[slot].stop();
  }

  #slotEngine(slot: InterfaceSlot, ports: StrictEnginePorts): TunnelEngine {
    const { slots, ...shared } = this.#options;
    const { tunnel, guard, privateKey, listenPort } = slots[slot];
    return new TunnelEngine(
      {
        ...shared,
        privateKey,
        listenPort,
        routes: [],
        planner: {
          // The engine holds its own slot's view of the config, and the plan needs the whole.
          desired: ({ leaseHolds, controllerNowMs }) => this.#planAt(leaseHolds, controllerNowMs).slots[slot],
          nextChangeAtMs: nextInstantMs,
        },
      },
      {
        ...ports,
        tunnel: this.#prepared(tunnel, slots[slot].interfaceName),
        guard,
        record: (event) => this.#recordOf(slot, event),
        epochApplied: () => this.#wake.abort(),
        // What it does for every epoch is no news.
        logger: ports.logger.child(
          { slot },
          { level: ports.logger.level === 'info' ? 'warn' : ports.logger.level },
        ),
      },
    );
  }

  /** The tunnel, made to accept what the other slot would answer before any packet comes. */
  #prepared(tunnel: Tunnel, interfaceName: InterfaceName): Tunnel {
    return {
      ...tunnel,
      up: async (wanted) => {
        const report = await tunnel.up(wanted);
        if (!(await this.#routes.acceptFromEither(interfaceName))) {
          this.#logger.warn(
            { interface: interfaceName },
            'the reverse path filter could not be set to loose: packets may be lost at boundaries (sysctl net.ipv4.conf.*.rp_filter=2)',
          );
        }
        return report;
      },
    };
  }

  #carrier(): InterfaceSlot {
    return this.#carrying ?? 'a';
  }

  #plan(): StrictPlan {
    const { desired } = this.#engines.a.snapshot();
    return this.#planAt(
      desired !== 'closed' || this.#config?.allowed === false,
      this.#controllerClock.nowMs(),
    );
  }

  #planAt(leaseHolds: boolean, controllerNowMs: number): StrictPlan {
    return planStrictSlots({ config: this.#config, leaseHolds, controllerNowMs, carrying: this.#carrying });
  }

  async #switchRoutes(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const napMs = await this.#turn().catch((error: unknown) => this.#failed(error));
      if (signal.aborted) return;
      await sleep(this.#timers, napMs, AbortSignal.any([signal, this.#wake.signal])).catch(() => undefined);
    }
  }

  /** @returns how long nothing is to be done */
  async #turn(): Promise<number> {
    const plan = this.#plan();
    const { carries } = plan;
    if (carries !== undefined && carries !== this.#routed) {
      // Its engine says when it is up.
      if (!this.#engines[carries].snapshot().interfaceUp) return MAX_NAP_MS;
      await this.#routes.switchTo(this.#options.slots[carries].interfaceName);
      this.#carrying = carries;
      this.#routed = carries;
      this.#nextLookMs = this.#clock.monotonicMs() + this.#options.reconcileMs;
      this.#logger.debug({ slot: carries, epoch_id: plan.epochId }, 'the routes moved');
      return 0;
    }
    if (plan.verify !== undefined && plan.verify.epochId !== this.#verified) {
      this.#verified = plan.verify.epochId;
      await this.#verify(plan.verify);
      return 0;
    }
    this.#noteEpoch(plan);
    if (this.#clock.monotonicMs() >= this.#nextLookMs) {
      const before = this.#routed;
      await this.#look();
      if (before !== undefined && this.#routed !== before) {
        this.#record({ type: 'found_altered', finding: { kind: 'routes_moved' } });
        this.#logger.warn('the overlay was routed elsewhere by somebody else; it is put right');
        return 0;
      }
    }
    return this.#napMs(plan);
  }

  /** Where the routes really point to. */
  async #look(): Promise<void> {
    const found = await this.#routes.read();
    this.#nextLookMs = this.#clock.monotonicMs() + this.#options.reconcileMs;
    this.#routed = SLOTS.find((slot) => this.#options.slots[slot].interfaceName === found);
    this.#carrying ??= this.#routed;
  }

  /** Says which pairs have no session in the slot that is about to carry them. */
  async #verify({ slot, epochId }: NonNullable<StrictPlan['verify']>): Promise<void> {
    if (!this.#options.verifyHandshakes) return;
    const desired = this.#plan().slots[slot];
    if (desired.kind !== 'peers') return;
    const { peers } = await this.#engines[slot].tunnel.read();
    const ready = new Set(
      peers.flatMap((peer) => (peer.latestHandshakeSeconds === undefined ? [] : [peer.publicKey])),
    );
    const nodeIds = [...desired.peers.values()].flatMap(({ publicKey, nodeId }) =>
      ready.has(publicKey) ? [] : [nodeId],
    );
    if (nodeIds.length === 0) return;
    this.#record({ type: 'standby_not_ready', epochId, nodeIds });
    this.#logger.warn(
      { epoch_id: epochId, peer_ids: nodeIds },
      'pairs have no handshake yet in the slot of the next epoch: a lost packet, or keys that differ',
    );
  }

  #noteEpoch({ carries, epochId }: StrictPlan): void {
    if (carries === undefined || epochId === undefined || epochId === this.#appliedEpoch) return;
    const applied = [...this.#engines[carries].snapshot().appliedEpochs.values()];
    if (applied.length === 0 || applied.some((each) => each !== epochId)) return;
    this.#appliedEpoch = epochId;
    this.#record({ type: 'epoch_applied', epochId });
    this.#epochApplied(epochId);
    this.#logger.info({ epoch_id: epochId, count: applied.length }, 'epoch applied to every peer');
  }

  /** What a slot's engine reports, without what is true of its slot only. */
  #recordOf(slot: InterfaceSlot, event: AgentEvent): void {
    switch (event.type) {
      case 'epoch_applied':
        return;
      case 'lease_ended':
        if (slot === 'a') this.#record(event);
        return;
      case 'interface_up':
        // A new interface has no routes.
        if (event.kind === 'created' && slot === this.#routed) this.#routed = undefined;
        this.#wake.abort();
        this.#record(event);
        return;
      case 'peer_added':
        if (this.#announced.has(event.nodeId)) return;
        this.#announced.add(event.nodeId);
        this.#gone.delete(event.nodeId);
        this.#logger.info({ peer_id: event.nodeId, epoch_id: event.epochId, slot }, 'peer added');
        this.#record(event);
        return;
      case 'peer_removed':
        // Whom the config still names goes with an epoch, not from the mesh.
        if (event.nodeId !== null && this.#isMember(event.nodeId)) return;
        if (event.nodeId !== null) {
          this.#announced.delete(event.nodeId);
          if (this.#gone.has(event.nodeId)) return;
          this.#gone.add(event.nodeId);
        }
        this.#logger.info({ peer_id: event.nodeId, duration_ms: event.tookMs, slot }, 'peer removed');
        this.#record(event);
        return;
      default:
        this.#record(event);
    }
  }

  #isMember(nodeId: NodeId): boolean {
    const slots = this.#plan().slots;
    return slots.a.kind === 'peers' && this.#config?.peers.has(nodeId) === true;
  }

  #napMs({ nextAtMs }: StrictPlan): number {
    const untilChangeMs = nextAtMs === undefined ? MAX_NAP_MS : nextAtMs - this.#controllerClock.nowMs();
    return Math.max(1, Math.min(MAX_NAP_MS, untilChangeMs, this.#nextLookMs - this.#clock.monotonicMs()));
  }

  #failed(error: unknown): number {
    const code = error instanceof TunnelError ? error.code : 'unexpected_answer';
    this.#record({ type: 'tunnel_failed', code, message: messageOf(error) });
    this.#logger.error({ err: error, code }, 'the routes could not be moved; trying again');
    return RETRY_MS;
  }
}
