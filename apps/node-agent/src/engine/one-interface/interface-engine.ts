// The only loop that changes an interface. It does one step at a time and plans again after each: config +
// lease + time → desired peers → the difference from the interface → the most urgent step. So a removal that
// arrives while many keys are set waits for one call only.

import { Nap } from '@mesh/host';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgDeviceState } from '@mesh/wg';
import type { LeaseGuard, Tunnel } from '@mesh/wg-device';
import { overlapTrouble } from '../../events/overlap-trouble.ts';
import type { TunnelPart } from '../../events/trouble.ts';
import { earliestTrouble } from '../../events/trouble.ts';
import { GuardKeeper } from '../../guard/guard-keeper.ts';
import { type Lease, renewedLease } from '../../lease/lease.ts';
import { appliedEpochs, commonEpoch } from '../../plan/applied-epochs.ts';
import type { Desired } from '../../plan/desired-peers.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { Engine, EngineSnapshot } from '../port/engine.ts';
import { BadPeers } from './bad-peers.ts';
import type { EngineOptions, EnginePorts } from './engine-parts.ts';
import { EngineReports, FAILED, failureCode } from './engine-reports.ts';
import { FoundPeers } from './found-peers.ts';
import { InterfaceUp } from './interface-up.ts';
import { LastPlan } from './last-plan.ts';
import { LastWritten } from './last-written.ts';
import { LatestConfig } from './latest-config.ts';
import { PeerChanges } from './peer-changes.ts';
import { PeerPlanner } from './peer-planner.ts';

/** The longest nap: timers stand still while the machine sleeps, leases do not. */
const MAX_NAP_MS = 1_000;
const MAX_RETRY_MS = 5_000;
/** How old the last reading of the interface may be when keys are set. */
const SEEN_WITHIN_MS = 100;

export class InterfaceEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #ports: EnginePorts;
  readonly #keeper: GuardKeeper;
  readonly #found: FoundPeers;
  readonly #lastWritten = new LastWritten();
  readonly #plan = new LastPlan();
  readonly #badPeers: BadPeers;
  readonly #reports: EngineReports;
  readonly #interface: InterfaceUp;
  readonly #changes: PeerChanges;
  readonly #heard: LatestConfig;
  readonly #peers: PeerPlanner;
  #failures = 0;
  /** The part of the work that the current turn is doing. */
  #at: TunnelPart = 'peers';
  #appliedEpochs: ReadonlyMap<NodeId, EpochId> = new Map();
  /** What the engine knew when it last had nothing to do; undefined since it did something. */
  #atRest: { readonly desired: Desired; readonly config: HeldConfig | undefined } | undefined;
  readonly #nap: Nap;

  constructor(options: EngineOptions, ports: EnginePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#nap = new Nap(ports.timers);
    this.#keeper = new GuardKeeper(ports.guard);
    this.#found = new FoundPeers(ports.clock, options.reconcileMs);
    this.#badPeers = new BadPeers(ports.clock);
    this.#reports = new EngineReports(ports);
    this.#interface = new InterfaceUp(options, ports, this.#reports);
    this.#heard = new LatestConfig(ports.clock, options.lease);
    this.#peers = new PeerPlanner({ ...ports, heard: this.#heard }, options.planner);
    this.#changes = new PeerChanges({
      tunnel: ports.tunnel,
      clock: ports.clock,
      keeper: this.#keeper,
      heard: this.#heard,
      found: this.#found,
      lastWritten: this.#lastWritten,
      badPeers: this.#badPeers,
      reports: this.#reports,
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
      appliedEpochs: this.#appliedEpochs,
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
      const napMs = await this.#turn().then(
        (again) => (again ? 0 : this.#napMs()),
        (error: unknown) => this.#failed(error),
      );
      if (napMs > 0 && !signal.aborted) await this.#nap.take(napMs, signal);
    }
  }

  /** Does one step. @returns whether the next step may be due at once */
  async #turn(): Promise<boolean> {
    this.#at = 'peers';
    if (!this.#interface.isUp) {
      // A new interface has no routes.
      this.#ports.routeWatch.forget();
      await this.#raise('bringUp');
      return true;
    }
    if (!this.#interface.hasOwnKey()) {
      await this.#useNewKey();
      return true;
    }
    if (this.#heard.noteEnd()) this.#reports.leaseEnded();
    const desired = this.#peers.plan();
    if (this.#hasNothingToDo(desired)) {
      // A renewed lease changes nothing on the interface, but the guard's elements last as long as it does.
      this.#keepGuard(desired);
      return false;
    }
    this.#atRest = undefined;
    const plan = this.#badPeers.withoutHeldBack(
      this.#plan.of(desired, this.#found.peers, this.#found.memory),
    );
    if (plan.remove.length > 0) {
      await this.#changes.remove(plan.remove);
      return true;
    }
    if (!this.#interface.isUpFor(this.#heard.config)) {
      await this.#raise('bringUp');
      return true;
    }
    this.#keepGuard(desired);
    // Setting a key would hide that somebody else changed the previous key, so the interface is read first.
    const setsUnseen = plan.setPsks.length > 0 && this.#found.ageMs() > SEEN_WITHIN_MS;
    if (this.#found.mustBeRead() || setsUnseen) {
      this.#adopt(await this.#ports.tunnel.read());
      return true;
    }
    // Keys do not wait for routes, because their peers are on the interface already.
    const givesAddresses = plan.setPsks.length === 0 && plan.update.length + plan.add.length > 0;
    if (givesAddresses && this.#ports.routeWatch.mustLook()) return await this.#look();
    if (await this.#changes.make(plan, desired)) {
      this.#found.outdate();
      return true;
    }
    if (this.#interface.nextCheckInMs() <= 0) {
      this.#ports.routeWatch.outdate();
      await this.#raise('check');
      return true;
    }
    if (this.#ports.routeWatch.isDue()) return await this.#look();
    this.#failures = 0;
    this.#reports.peersSettled(desired, this.#badPeers.failing);
    this.#badPeers.settled();
    this.#lastWritten.settled(this.#found.peers);
    this.#heard.settled();
    this.#noteEpoch(desired);
    this.#atRest = { desired, config: this.#heard.config };
    return false;
  }

  #keepGuard({ kind }: Desired): void {
    this.#keeper.keep({ kind, config: this.#heard.config, lease: this.#heard.lease });
  }

  /**
   * Whether there was nothing to do in the turn before and nothing has changed since. An engine with many
   * peers spares the comparison of all of them then.
   */
  #hasNothingToDo(desired: Desired): boolean {
    return (
      this.#atRest?.desired === desired &&
      this.#atRest.config === this.#heard.config &&
      !this.#found.mustBeRead() &&
      this.#interface.nextCheckInMs() > 0 &&
      !this.#ports.routeWatch.isDue() &&
      !this.#badPeers.holdsAnyBack()
    );
  }

  async #raise(how: 'bringUp' | 'check'): Promise<void> {
    this.#at = 'interface';
    const state = await this.#interface[how](this.#heard.config);
    this.#reports.worked('interface');
    this.#adopt(state);
  }

  /**
   * The pairs' keys derive from the node's key. The peers go, so that their next handshakes do not wait for
   * those that failed, and come back with the keys of the next config.
   */
  async #useNewKey(): Promise<void> {
    this.#heard.forgetKeys();
    const here = this.#found.peers.map(({ publicKey }) => publicKey);
    if (here.length > 0) await this.#changes.remove(here);
    await this.#raise('bringUp');
  }

  async #look(): Promise<true> {
    this.#at = 'routes';
    await this.#ports.routeWatch.look(this.#ports.tunnel.interfaceName);
    this.#reports.worked('routes');
    return true;
  }

  /** Stores a new reading of the interface, and reports what somebody else has changed. */
  #adopt({ peers }: WgDeviceState): void {
    this.#found.adopt(peers);
    if (this.#peers.look().kind === 'unknown') return;
    for (const finding of this.#lastWritten.compare(peers, this.#found.known)) this.#reports.altered(finding);
  }

  /** Notes the epochs of the pairs, because everything planned for now is on the interface. */
  #noteEpoch(desired: Desired): void {
    this.#appliedEpochs = appliedEpochs(desired, (publicKey) => this.#badPeers.isHeldBack(publicKey));
    const epochId = commonEpoch(this.#appliedEpochs);
    if (epochId !== undefined) this.#reports.epochApplied(epochId, this.#appliedEpochs.size);
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

  /** @returns how long to wait before the next turn */
  #failed(error: unknown): number {
    this.#found.outdate();
    const isKnown = this.#badPeers.takeWasKnown();
    if (this.#badPeers.takeFirstFailure()) return 0;
    this.#failures += 1;
    if (failureCode(error) === 'not_up') {
      this.#interface.noteGone();
      this.#lastWritten.settled([]);
      if (this.#failures <= 2) return 0;
    }
    if (!isKnown) this.#reports.failed(this.#at, error, FAILED[this.#at]);
    return this.#badPeers.triesOneByOne && this.#failures <= 2
      ? 0
      : Math.min(MAX_RETRY_MS, 50 * 2 ** this.#failures);
  }
}
