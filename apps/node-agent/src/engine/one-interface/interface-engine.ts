// The only loop that changes an interface. It does one step at a time (see engine-turn.ts), and naps when
// none is due.

import { Nap } from '@mesh/host';
import type { LeaseGuard, Tunnel } from '@mesh/wg-device';
import { overlapTrouble } from '../../events/overlap-trouble.ts';
import { earliestTrouble } from '../../events/trouble.ts';
import { type Lease, renewedLease } from '../../lease/lease.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { Engine, EngineSnapshot } from '../port/engine.ts';
import { BadPeers } from './bad-peers.ts';
import type { EngineOptions, EnginePorts } from './engine-parts.ts';
import { EngineReports } from './engine-reports.ts';
import { EngineTurn } from './engine-turn.ts';
import { FoundPeers } from './found-peers.ts';
import { InterfaceUp } from './interface-up.ts';
import { LatestConfig } from './latest-config.ts';
import { PeerPlanner } from './peer-planner.ts';

/** The longest nap: timers stand still while the machine sleeps, leases do not. */
const MAX_NAP_MS = 1_000;

export class InterfaceEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #ports: EnginePorts;
  readonly #found: FoundPeers;
  readonly #badPeers: BadPeers;
  readonly #reports: EngineReports;
  readonly #interface: InterfaceUp;
  readonly #heard: LatestConfig;
  readonly #peers: PeerPlanner;
  readonly #turn: EngineTurn;
  readonly #nap: Nap;

  constructor(options: EngineOptions, ports: EnginePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#nap = new Nap(ports.timers);
    this.#found = new FoundPeers(ports.clock, options.reconcileMs);
    this.#badPeers = new BadPeers(ports.clock);
    this.#reports = new EngineReports(ports);
    this.#interface = new InterfaceUp(options, ports, this.#reports);
    this.#heard = new LatestConfig(ports.clock, options.lease, options.publicKey);
    this.#peers = new PeerPlanner({ ...ports, heard: this.#heard }, options.planner);
    this.#turn = new EngineTurn({
      ports,
      found: this.#found,
      badPeers: this.#badPeers,
      reports: this.#reports,
      interface: this.#interface,
      heard: this.#heard,
      peers: this.#peers,
      wake: () => this.#nap.wake(),
    });
  }

  get tunnel(): Tunnel {
    return this.#ports.tunnel;
  }

  get guard(): LeaseGuard {
    return this.#ports.guard;
  }

  heard(leaseSeconds: number, config?: HeldConfig): Lease {
    const lease = renewedLease(this.#ports.clock.bootMs(), leaseSeconds, this.#options.holdSeconds);
    this.resume(lease, config);
    return lease;
  }

  resume(lease: Lease, config: HeldConfig | undefined): void {
    this.#heard.take(lease, config);
    if (config !== undefined) {
      this.#found.learnNames(config);
      this.#ports.routeWatch.follow(config);
    }
    this.#nap.wake();
  }

  snapshot(): EngineSnapshot {
    const overlaps = this.#ports.routeWatch.overlaps();
    return {
      ...this.members(),
      desired: this.#peers.look().kind,
      leaseLeftMs: this.#heard.leaseLeftMs(),
      interfaceUp: this.#interface.isUp,
      trouble: earliestTrouble(this.#reports.trouble, overlapTrouble(overlaps)),
      failingPeers: this.#badPeers.failing,
      appliedEpochs: this.#turn.appliedEpochs,
      overlaps,
      configuredForMs: (publicKey) => this.#found.presentForMs(publicKey),
    };
  }

  members(): ReturnType<Engine['members']> {
    return { config: this.#heard.config, present: this.#found.present };
  }

  async down(): Promise<void> {
    await this.#ports.tunnel.down();
    await this.#ports.guard.down();
  }

  stop(): void {
    this.#ports.guard.stop();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#nap.arm();
      const napMs = await this.#turn.take().then(
        (again) => (again ? 0 : this.#napMs()),
        (error: unknown) => this.#turn.failed(error),
      );
      if (napMs > 0 && !signal.aborted) await this.#nap.take(napMs, signal);
    }
  }

  #napMs(): number {
    return Math.max(
      1,
      Math.min(
        MAX_NAP_MS,
        this.#found.nextReadInMs(),
        this.#interface.nextCheckInMs(),
        this.#peers.nextChangeInMs(),
        this.#heard.endsInMs(),
      ),
    );
  }
}
