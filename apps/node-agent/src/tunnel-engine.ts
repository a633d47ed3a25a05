// The one loop that changes the tunnel. It makes one step at a time and plans anew after each: config + lease + time →
// desired peers → the difference to what is on the interface → the most urgent step. So a removal that arrives while
// a large set of keys is under way waits for that one call and for nothing else.

import { Nap } from '@mesh/host';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgDeviceState, WgPublicKey } from '@mesh/wg';
import { BadPeers } from './engine/bad-peers.ts';
import type { EngineOptions, EnginePlanner, EnginePorts } from './engine/engine-parts.ts';
import { EngineReports, failureCode } from './engine/engine-reports.ts';
import { FoundPeers } from './engine/found-peers.ts';
import { InterfaceUp } from './engine/interface-up.ts';
import { LastWritten } from './engine/left-peers.ts';
import type { TunnelPart } from './engine/tunnel-troubles.ts';
import type { Engine, EngineSnapshot } from './engine.ts';
import { GuardKeeper } from './guard/keep-guarded.ts';
import type { LeaseGuard } from './guard/lease-guard.ts';
import { type Lease, leaseHolds, leaseLeftMs, renewedLease } from './lease/lease.ts';
import { overlapTrouble } from './observe/overlap-trouble.ts';
import { earliestTrouble } from './observe/trouble.ts';
import { appliedEpochs, commonEpoch } from './plan/applied-epochs.ts';
import { type Desired, type DesiredPeer, desiredPeers } from './plan/desired-peers.ts';
import { nextChangeAtMs } from './plan/due-changes.ts';
import type { HeldConfig } from './plan/held-config.ts';
import { type Plan, reconcile } from './plan/reconcile.ts';
import type { Tunnel } from './tunnel/tunnel.ts';
import { TunnelError } from './tunnel/tunnel-error.ts';

const IN_PLACE: EnginePlanner = { desired: desiredPeers, nextChangeAtMs };

const NO_PEERS: ReadonlyMap<WgPublicKey, DesiredPeer> = new Map();
/** The longest nap: timers stand still while the machine sleeps, leases do not. */
const MAX_NAP_MS = 1_000;
const MAX_RETRY_MS = 5_000;
/** How old a reading may be when keys are set by it. */
const SEEN_WITHIN_MS = 100;

const failedAt: Readonly<Record<TunnelPart, string>> = {
  interface: 'the interface could not be brought up as it should be; trying again',
  peers: 'the peers could not be set as they should be; trying again',
  routes: 'the routes could not be set; trying again',
};

export class InterfaceEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #ports: EnginePorts;
  readonly #planner: EnginePlanner;
  readonly #keeper: GuardKeeper;
  readonly #found: FoundPeers;
  readonly #left = new LastWritten();
  readonly #badPeers: BadPeers;
  readonly #reports: EngineReports;
  readonly #interface: InterfaceUp;
  #config: HeldConfig | undefined;
  #configAtMs: number | undefined;
  #lease: Lease | undefined;
  #leaseHeld: boolean;
  #failures = 0;
  /** What the turn under way is at. */
  #at: TunnelPart = 'peers';
  /** The instant, on the controller's clock, that the last plan was made for. */
  #plannedForMs = Number.NEGATIVE_INFINITY;
  #appliedEpoch: EpochId | undefined;
  #appliedEpochs: ReadonlyMap<NodeId, EpochId> = new Map();
  readonly #nap: Nap;

  constructor(options: EngineOptions, ports: EnginePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#nap = new Nap(ports.timers);
    this.#planner = options.planner ?? IN_PLACE;
    this.#keeper = new GuardKeeper(ports.guard);
    this.#found = new FoundPeers(ports.clock, options.reconcileMs);
    this.#badPeers = new BadPeers(ports.clock);
    this.#reports = new EngineReports(ports);
    this.#interface = new InterfaceUp(options, ports, this.#reports);
    this.#lease = options.lease;
    this.#leaseHeld = leaseHolds(options.lease, ports.clock.bootMs());
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
    const { clock } = this.#ports;
    this.#lease = lease;
    this.#leaseHeld = leaseHolds(lease, clock.bootMs());
    if (config !== undefined) {
      this.#config = config;
      this.#configAtMs = clock.monotonicMs();
      this.#found.learnNames(config);
      this.#ports.routeWatch.follow(config);
    }
    this.#nap.wake();
  }

  snapshot(): EngineSnapshot {
    const overlaps = this.#ports.routeWatch.overlaps();
    return {
      config: this.#config,
      desired: this.#desired().kind,
      leaseLeftMs: leaseLeftMs(this.#lease, this.#ports.clock.bootMs()),
      interfaceUp: this.#interface.isUp,
      trouble: earliestTrouble(this.#reports.trouble, overlapTrouble(overlaps)),
      failingPeers: this.#badPeers.failing,
      appliedEpochs: this.#appliedEpochs,
      present: new Set(this.#found.peers.map((peer) => peer.publicKey)),
      overlaps,
      configuredForMs: (publicKey) => this.#found.presentForMs(publicKey),
    };
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

  /** One step. @returns whether there may be more to do at once */
  async #turn(): Promise<boolean> {
    this.#at = 'peers';
    if (!this.#interface.isUp) {
      // What is made anew has no routes.
      this.#ports.routeWatch.forget();
      await this.#raise('bringUp');
      return true;
    }
    this.#noteLease();
    this.#plannedForMs = this.#ports.controllerClock.nowMs();
    const desired = this.#desired(this.#plannedForMs);
    const plan = this.#badPeers.withoutHeldBack(reconcile(desired, this.#found.peers, this.#found.memory));
    if (plan.remove.length > 0) {
      await this.#remove(plan.remove);
      return true;
    }
    if (!this.#interface.isUpFor(this.#config)) {
      await this.#raise('bringUp');
      return true;
    }
    this.#keeper.keep({ kind: desired.kind, config: this.#config, lease: this.#lease });
    // A key that is set hides what somebody did to the one before it.
    const setsUnseen = plan.setPsks.length > 0 && this.#found.ageMs() > SEEN_WITHIN_MS;
    if (this.#found.mustBeRead() || setsUnseen) {
      this.#adopt(await this.#ports.tunnel.read());
      return true;
    }
    // Keys wait for no route: their peers are there.
    const givesAddresses = plan.setPsks.length === 0 && plan.update.length + plan.add.length > 0;
    if (givesAddresses && this.#ports.routeWatch.mustLook()) return await this.#look();
    if (await this.#change(plan, desired)) {
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
    this.#notePeers(desired);
    this.#badPeers.settled();
    this.#left.settled(this.#found.peers);
    this.#configAtMs = undefined;
    this.#noteEpoch(desired);
    return false;
  }

  async #raise(how: 'bringUp' | 'check'): Promise<void> {
    this.#at = 'interface';
    const state = await this.#interface[how](this.#config);
    this.#reports.worked('interface');
    this.#adopt(state);
  }

  async #look(): Promise<true> {
    this.#at = 'routes';
    await this.#ports.routeWatch.look(this.#ports.tunnel.interfaceName);
    this.#reports.worked('routes');
    return true;
  }

  /** One peer that cannot be set is that peer's affair. Where none of several can, it is the tunnel's. */
  #notePeers(desired: Desired): void {
    const wanted = desired.kind === 'peers' ? [...desired.peers.keys()] : [];
    const { failing } = this.#badPeers;
    if (wanted.length < 2 || wanted.some((publicKey) => !failing.has(publicKey))) {
      this.#reports.worked('peers');
      return;
    }
    const reason = failing.get(wanted[0] as WgPublicKey)?.message;
    const error = new TunnelError('apply_failed', `none of ${wanted.length} peers can be set: ${reason}`);
    this.#reports.failed('peers', error, failedAt.peers);
  }

  /** Takes in a fresh reading, and says what a stranger's hand has changed. */
  #adopt({ peers }: WgDeviceState): void {
    this.#found.adopt(peers);
    if (this.#desired().kind === 'unknown') return;
    for (const finding of this.#left.compare(peers, this.#found.known)) this.#reports.altered(finding);
  }

  async #remove(publicKeys: readonly WgPublicKey[]): Promise<void> {
    const { tunnel, clock } = this.#ports;
    const gone = new Set(publicKeys);
    this.#left.touch(publicKeys.map((publicKey) => ({ publicKey })));
    try {
      await tunnel.removePeers(publicKeys);
    } finally {
      // Also where the tunnel failed to remove them: then the guard is what is left.
      this.#keeper.closeTo(this.#found.addressesOf(gone));
    }
    const tookMs = this.#configAtMs === undefined ? null : clock.monotonicMs() - this.#configAtMs;
    this.#found.forget(gone);
    this.#badPeers.forget(publicKeys);
    for (const publicKey of publicKeys)
      this.#reports.peerRemoved(this.#found.nodeOf(publicKey) ?? null, publicKey, tookMs);
  }

  /** The most urgent change but removals. @returns whether there was one */
  async #change(plan: Plan, desired: Desired): Promise<boolean> {
    const { tunnel } = this.#ports;
    const peers = desired.kind === 'peers' ? desired.peers : NO_PEERS;
    const setPsks = this.#badPeers.portion(plan.setPsks);
    if (setPsks.length > 0) {
      this.#left.touch(setPsks);
      await this.#badPeers.watch(setPsks, () => tunnel.setPresharedKeys(setPsks));
      const epochIds = setPsks.map((change) => peers.get(change.publicKey)?.key?.epochId ?? 0);
      this.#reports.keysSet(setPsks.length, Math.max(...epochIds) as EpochId);
      return true;
    }
    const [update] = plan.update;
    if (update !== undefined) {
      this.#left.touch([update]);
      await this.#badPeers.watch([update], () => tunnel.updatePeer(update));
      if (update.endpoint !== undefined) this.#found.endpointSet(update.publicKey, update.endpoint);
      return true;
    }
    const add = this.#badPeers.portion(plan.add);
    if (add.length === 0) return false;
    this.#left.touch(add);
    await this.#badPeers.watch(add, () => tunnel.addPeers(add));
    for (const { publicKey, endpoint } of add) {
      if (endpoint !== undefined) this.#found.endpointAdded(publicKey, endpoint);
      const peer = peers.get(publicKey);
      // One that is there already was only put right.
      if (peer?.key !== undefined && !this.#found.has(publicKey))
        this.#reports.peerAdded(peer, peer.key.epochId);
    }
    return true;
  }

  #desired(controllerNowMs = this.#ports.controllerClock.nowMs()): Desired {
    const desired = this.#planner.desired({
      config: this.#config,
      leaseHolds: leaseHolds(this.#lease, this.#ports.clock.bootMs()),
      controllerNowMs,
    });
    return this.#ports.routeWatch.permitted(desired);
  }

  #noteLease(): void {
    const holds = leaseHolds(this.#lease, this.#ports.clock.bootMs());
    if (this.#leaseHeld && !holds) {
      this.#configAtMs = undefined;
      this.#reports.leaseEnded();
    }
    this.#leaseHeld = holds;
  }

  /** Everything planned for now is on the interface. */
  #noteEpoch(desired: Desired): void {
    this.#appliedEpochs = appliedEpochs(desired, (publicKey) => this.#badPeers.isHeldBack(publicKey));
    const epochId = commonEpoch(this.#appliedEpochs);
    if (epochId === undefined || epochId === this.#appliedEpoch) return;
    this.#appliedEpoch = epochId;
    this.#reports.epochApplied(epochId, this.#appliedEpochs.size);
  }

  #napMs(): number {
    const { clock, controllerClock } = this.#ports;
    // From the instant of the plan: a change that has come due since then is still to be made.
    const change =
      this.#config === undefined ? undefined : this.#planner.nextChangeAtMs(this.#config, this.#plannedForMs);
    return Math.max(
      1,
      Math.min(
        MAX_NAP_MS,
        this.#found.nextReadInMs(),
        this.#interface.nextCheckInMs(),
        change === undefined ? MAX_NAP_MS : change - controllerClock.nowMs(),
        this.#leaseHeld ? leaseLeftMs(this.#lease, clock.bootMs()) : MAX_NAP_MS,
      ),
    );
  }

  /** @returns how long to wait before the interface is read and planned for anew */
  #failed(error: unknown): number {
    this.#found.outdate();
    const isKnown = this.#badPeers.takeKnown();
    if (this.#badPeers.takeUndecided()) return 0;
    this.#failures += 1;
    if (failureCode(error) === 'not_up') {
      this.#interface.noteGone();
      this.#left.settled([]);
      if (this.#failures <= 2) return 0;
    }
    if (!isKnown) this.#reports.failed(this.#at, error, failedAt[this.#at]);
    return this.#badPeers.oneByOne && this.#failures <= 2
      ? 0
      : Math.min(MAX_RETRY_MS, 50 * 2 ** this.#failures);
  }
}
