// The engine of rotation in place: one interface, and a second one (slot b) for as long as the controller
// moves pairs to it, so that a node can replace the key of the first without a lost packet. A pair's traffic
// follows its sessions: plan/moved-pairs.ts decides, and the pair's own route is moved.

import { type Clock, LogField, type Logger, Nap, type Timers } from '@mesh/host';
import type { NodeId } from '@mesh/primitives';
import {
  type InterfaceName,
  type InterfaceSlot,
  SESSION_LIFETIME_MS,
  type WgDeviceState,
  type WgPublicKey,
} from '@mesh/wg';
import { type Tunnel, TunnelError } from '@mesh/wg-device';
import { earliestTrouble } from '../../events/trouble.ts';
import type { Lease } from '../../lease/lease.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import { pairsSendingOnB, peersUsingSlotB, slotBPeers } from '../../plan/moved-pairs.ts';
import { slotConfig } from '../../plan/slot-config.ts';
import type { InterfaceEngine } from '../one-interface/interface-engine.ts';
import type { RouteWatch } from '../one-interface/route-watch.ts';
import type { Engine, EngineSnapshot } from '../port/engine.ts';
import { KeyAges } from './key-ages.ts';
import type { StandbyPlanner } from './open-standby-engine.ts';
import { PairRoutes } from './pair-routes.ts';

export interface InPlaceEngineOptions {
  readonly main: InterfaceEngine;
  /** The node's own keys now. */
  readonly ownKey: (slot: InterfaceSlot) => WgPublicKey;
  /** The name of slot b's interface. */
  readonly standbyName: InterfaceName;
  /** Opens the engine of slot b. */
  readonly openStandby: (planner: StandbyPlanner) => Promise<InterfaceEngine>;
  /** Whether an earlier run left slot b's interface. */
  readonly hasStandby: boolean;
}

export interface InPlaceEnginePorts {
  readonly routeWatch: Pick<RouteWatch, 'divert' | 'look'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Called when pairs have begun to send on another slot. */
  readonly moved: () => void;
}

/** While pairs use slot b, sessions are looked for so often. */
const LOOK_EVERY_MS = 250;
const RETRY_MS = 1_000;
/** How long slot b takes packets after nothing needs it any more: the other end may be a moment behind. */
const LINGERS_MS = 10_000;

interface Standby {
  readonly engine: InterfaceEngine;
  readonly running: Promise<void>;
  readonly ended: AbortController;
}

export class InPlaceEngine implements Engine {
  readonly #options: InPlaceEngineOptions;
  readonly #ports: InPlaceEnginePorts;
  readonly #nap: Nap;
  readonly #routes: PairRoutes;
  #config: HeldConfig | undefined;
  #lease: Lease | undefined;
  #standby: Standby | undefined;
  #mayBeLeft: boolean;
  /** Until when each pair's peer stays in slot b, on the monotonic clock. */
  readonly #neededUntilMs = new Map<NodeId, number>();
  #wanted: ReadonlySet<NodeId> = new Set();
  readonly #keyAges: KeyAges;

  constructor(options: InPlaceEngineOptions, ports: InPlaceEnginePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#nap = new Nap(ports.timers);
    this.#keyAges = new KeyAges(options.ownKey, ports.clock);
    this.#routes = new PairRoutes({
      routeWatch: ports.routeWatch,
      mainName: options.main.tunnel.interfaceName,
      standbyName: options.standbyName,
    });
    this.#mayBeLeft = options.hasStandby;
  }

  get tunnel(): Tunnel {
    return this.#options.main.tunnel;
  }

  get guard() {
    return this.#options.main.guard;
  }

  heard(leaseSeconds: number, config?: HeldConfig): Lease {
    this.#follow(config);
    const lease = this.#options.main.heard(leaseSeconds, config);
    this.#standby?.engine.heard(leaseSeconds, config && slotConfig(config, 'b'));
    this.#lease = lease;
    this.#nap.wake();
    return lease;
  }

  resume(lease: Lease, config: HeldConfig | undefined): void {
    this.#follow(config);
    this.#options.main.resume(lease, config);
    this.#standby?.engine.resume(lease, config && slotConfig(config, 'b'));
    this.#lease = lease;
    this.#nap.wake();
  }

  snapshot(): EngineSnapshot {
    const [main, standby] = [this.#options.main.snapshot(), this.#standby?.engine.snapshot()];
    return { ...main, trouble: earliestTrouble(main.trouble, standby?.trouble), movedToB: this.#routes.onB };
  }

  members(): ReturnType<Engine['members']> {
    return this.#options.main.members();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#options.main.run(signal), this.#watch(signal)]);
  }

  async down(): Promise<void> {
    await this.#options.main.down();
    await this.#standby?.engine.down();
  }

  stop(): void {
    this.#options.main.stop();
    this.#standby?.engine.stop();
  }

  #follow(config: HeldConfig | undefined): void {
    if (config === undefined) return;
    const isFirst = this.#config === undefined;
    this.#config = config;
    // What an earlier run left in slot b may carry these pairs.
    if (isFirst && this.#mayBeLeft)
      this.#routes.adopt(new Set(peersUsingSlotB(config).map(({ nodeId }) => nodeId)), config);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#nap.arm();
      const napMs = await this.#turn(signal).catch((error: unknown) => this.#failed(error));
      if (!signal.aborted) await this.#nap.take(napMs, signal);
    }
    await this.#standby?.running;
  }

  /** @returns how long until the next turn */
  async #turn(signal: AbortSignal): Promise<number> {
    this.#noteNeeds();
    const isNeeded = this.#wanted.size > 0;
    if (this.#config === undefined || !(isNeeded || this.#mayBeLeft || this.#standby))
      return Number.POSITIVE_INFINITY;
    this.#standby ??= await this.#open(signal);
    await this.#moveRoutes();
    if (isNeeded) return LOOK_EVERY_MS;
    await this.#close(this.#standby);
    return Number.POSITIVE_INFINITY;
  }

  #noteNeeds(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    const told = peersUsingSlotB(this.#config).map(({ nodeId }) => nodeId);
    const needed = [...told, ...this.#routes.maybeOnB];
    for (const nodeId of needed) this.#neededUntilMs.set(nodeId, nowMs + LINGERS_MS);
    for (const [nodeId, untilMs] of this.#neededUntilMs)
      if (untilMs <= nowMs || this.#config?.peers.has(nodeId) !== true) this.#neededUntilMs.delete(nodeId);
    const { size } = this.#wanted;
    if (size === this.#neededUntilMs.size && [...this.#wanted].every((id) => this.#neededUntilMs.has(id)))
      return;
    this.#wanted = new Set(this.#neededUntilMs.keys());
    // The engine of slot b plans again.
    if (this.#lease !== undefined) this.#standby?.engine.resume(this.#lease, undefined);
  }

  async #open(signal: AbortSignal): Promise<Standby> {
    const { openStandby, standbyName } = this.#options;
    const engine = await openStandby({
      desired: (input) => slotBPeers({ ...input, config: this.#config }, this.#wanted),
      dependsOn: () => this.#wanted,
    });
    this.#ports.logger.info({ [LogField.interfaceName]: standbyName }, 'pairs move between the slots');
    if (this.#lease !== undefined) engine.resume(this.#lease, this.#config && slotConfig(this.#config, 'b'));
    const ended = new AbortController();
    return { engine, ended, running: engine.run(AbortSignal.any([signal, ended.signal])) };
  }

  async #close({ engine, ended, running }: Standby): Promise<void> {
    ended.abort();
    await running;
    this.#standby = undefined;
    this.#mayBeLeft = false;
    engine.stop();
    await engine.down();
    const { logger } = this.#ports;
    logger.info({ [LogField.interfaceName]: this.#options.standbyName }, 'all pairs are in slot a');
  }

  async #moveRoutes(): Promise<void> {
    const { main, standbyName } = this.#options;
    this.#keyAges.look();
    const [readA, readB] = await Promise.all([read(main), read(this.#standby?.engine)]);
    const [inA, inB] = [this.#sessionsIn('a', readA), this.#sessionsIn('b', readB)];
    const next = pairsSendingOnB(this.#config, ({ publicKey, slotB }) => ({
      a: inA.has(publicKey),
      b: slotB !== undefined && inB.has(slotB.publicKey),
    }));
    if (!(await this.#routes.move(next, this.#config))) return;
    this.#ports.logger.debug(
      { [LogField.interfaceName]: standbyName, [LogField.count]: next.size },
      'routes moved',
    );
    this.#ports.moved();
  }

  /**
   * The peers with a session, made since the node has its present key. Sessions of an interface that does not
   * have the node's present key yet are those of the key before, which the peers have dropped.
   */
  #sessionsIn(slot: InterfaceSlot, { publicKey, peers }: Reading): ReadonlySet<WgPublicKey> {
    if (publicKey !== this.#options.ownKey(slot)) return new Set();
    const livesSeconds = (this.#ports.clock.nowMs() - SESSION_LIFETIME_MS) / 1_000;
    const sinceSeconds = Math.max(livesSeconds, this.#keyAges.sinceSeconds(slot));
    return new Set(
      peers.flatMap((peer) => ((peer.latestHandshakeSeconds ?? 0) >= sinceSeconds ? [peer.publicKey] : [])),
    );
  }

  #failed(error: unknown): number {
    this.#ports.logger.warn({ [LogField.error]: error }, 'pairs cannot move between the slots; trying again');
    return RETRY_MS;
  }
}

type Reading = Pick<WgDeviceState, 'publicKey' | 'peers'>;

/** An interface that is gone has no peers. */
async function read(engine: InterfaceEngine | undefined): Promise<Reading> {
  try {
    return (await engine?.tunnel.read()) ?? { peers: [] };
  } catch (error) {
    if (error instanceof TunnelError && error.code === 'not_up') return { peers: [] };
    throw error;
  }
}
