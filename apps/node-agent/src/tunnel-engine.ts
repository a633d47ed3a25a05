// The one loop that changes the tunnel. It makes one step at a time and plans anew after each: config + lease + time →
// desired peers → the difference to what is on the interface → the most urgent step. So a removal that arrives while
// a large set of keys is under way waits for that one call and for nothing else.

import { type Clock, type Logger, sleep, type Timers } from '@mesh/host';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { Cidr, Endpoint, WgDeviceState, WgPrivateKey, WgPublicKey } from '@mesh/wg';
import { messageOf } from './agent-error.ts';
import type { Engine, EngineSnapshot } from './engine.ts';
import { GuardKeeper } from './guard/keep-guarded.ts';
import type { LeaseGuard } from './guard/lease-guard.ts';
import { type Lease, leaseHolds, leaseLeftMs, renewedLease } from './lease/lease.ts';
import type { RecordEvent } from './observe/agent-events.ts';
import { type Desired, type DesiredInput, type DesiredPeer, desiredPeers } from './plan/desired-peers.ts';
import { nextChangeAtMs } from './plan/due-changes.ts';
import type { HeldConfig } from './plan/held-config.ts';
import { type FoundPeer, type Plan, reconcile } from './plan/reconcile.ts';
import type { Tunnel, TunnelUp } from './tunnel/tunnel.ts';
import { TunnelError, type TunnelErrorCode } from './tunnel/tunnel-error.ts';
import type { ControllerClock } from './uplink/controller-clock.ts';

export interface EngineOptions {
  /** Called for each `up`, so that the string lives no longer than the call. */
  readonly privateKey: () => WgPrivateKey;
  readonly listenPort: number;
  /** Before the first config names others. */
  readonly addresses: readonly Cidr[];
  readonly mtu: number;
  readonly routes: readonly Cidr[];
  readonly toAddresses: (texts: readonly string[]) => readonly Cidr[];
  /** What is planned for this interface, and when; in place where it is left out. */
  readonly planner?: EnginePlanner;
  /** How often the interface is read and put right. */
  readonly reconcileMs: number;
  /** What `hold` adds to every lease; 0 for `close`. */
  readonly holdSeconds: number;
  /** Of an earlier run on this boot: what it left on the interface may stay that long. */
  readonly lease: Lease | undefined;
}

export interface EnginePorts {
  readonly tunnel: Tunnel;
  /** Nothing waits for it and nothing fails with it: what denies is the tunnel. */
  readonly guard: LeaseGuard;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly controllerClock: ControllerClock;
  readonly record: RecordEvent;
  /** Every pair holds this epoch's key now. */
  readonly epochApplied: (epochId: EpochId) => void;
  readonly logger: Logger;
}

export interface EnginePlanner {
  readonly desired: (input: DesiredInput) => Desired;
  readonly nextChangeAtMs: (config: HeldConfig, controllerNowMs: number) => number | undefined;
}

const IN_PLACE: EnginePlanner = { desired: desiredPeers, nextChangeAtMs };

type WantedUp = Omit<TunnelUp, 'privateKey'>;

const NO_PEERS: ReadonlyMap<WgPublicKey, DesiredPeer> = new Map();
/** The longest nap: timers stand still while the machine sleeps, leases do not. */
const MAX_NAP_MS = 1_000;
const MAX_RETRY_MS = 5_000;
const HELD_BACK_MS = 10_000;
/** Failures that may lie in one of several peers: they are tried one by one. */
const PEER_FAULTS: ReadonlySet<TunnelErrorCode> = new Set([
  'allowed_ip_taken',
  'invalid_input',
  'apply_failed',
]);

export class TunnelEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #ports: EnginePorts;
  readonly #planner: EnginePlanner;
  readonly #keeper: GuardKeeper;
  #config: HeldConfig | undefined;
  #configAtMs: number | undefined;
  #lease: Lease | undefined;
  #leaseHeld: boolean;
  /** What `up` was last called with; undefined: call it. */
  #upWith: string | undefined;
  #wasUp = false;
  /** The peers on the interface as last read, less those removed since. */
  #found: readonly FoundPeer[] = [];
  /** Something else was changed since `#found` was read: good enough to remove by, and for nothing else. */
  #stale = true;
  #nextReadMs = Number.NEGATIVE_INFINITY;
  readonly #names = new Map<WgPublicKey, NodeId>();
  readonly #endpoints = new Map<WgPublicKey, Endpoint>();
  readonly #heldBack = new Map<WgPublicKey, number>();
  /** When each peer on the interface was first read there, on the monotonic clock. */
  readonly #seenSinceMs = new Map<WgPublicKey, number>();
  #oneByOne = false;
  #failures = 0;
  /** The instant, on the controller's clock, that the last plan was made for. */
  #plannedForMs = Number.NEGATIVE_INFINITY;
  #appliedEpoch: EpochId | undefined;
  #appliedEpochs: ReadonlyMap<NodeId, EpochId> = new Map();
  #wake = new AbortController();

  constructor(options: EngineOptions, ports: EnginePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#planner = options.planner ?? IN_PLACE;
    this.#keeper = new GuardKeeper(ports.guard);
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
      for (const peer of config.peers.values()) this.#names.set(peer.publicKey, peer.nodeId);
    }
    this.#wake.abort();
  }

  snapshot(): EngineSnapshot {
    return {
      config: this.#config,
      desired: this.#desired().kind,
      leaseLeftMs: leaseLeftMs(this.#lease, this.#ports.clock.bootMs()),
      interfaceUp: this.#upWith !== undefined,
      appliedEpochs: this.#appliedEpochs,
      present: new Set(this.#found.map((peer) => peer.publicKey)),
      configuredForMs: (publicKey) => {
        const nowMs = this.#ports.clock.monotonicMs();
        return nowMs - (this.#seenSinceMs.get(publicKey) ?? nowMs);
      },
    };
  }

  nodeOf(publicKey: WgPublicKey): NodeId | undefined {
    return this.#names.get(publicKey);
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
      this.#wake = new AbortController();
      const napMs = await this.#turn().then(
        (again) => (again ? 0 : this.#napMs()),
        (error: unknown) => this.#failed(error),
      );
      if (napMs > 0 && !signal.aborted) {
        const either = AbortSignal.any([signal, this.#wake.signal]);
        await sleep(this.#ports.timers, napMs, either).catch(() => undefined);
      }
    }
  }

  /** One step. @returns whether there may be more to do at once */
  async #turn(): Promise<boolean> {
    const wanted = this.#wantedUp();
    const fingerprint = JSON.stringify([wanted.addresses, wanted.mtu, wanted.routes]);
    if (this.#upWith === undefined) {
      await this.#bringUp(wanted, fingerprint);
      return true;
    }
    this.#noteLease();
    this.#plannedForMs = this.#ports.controllerClock.nowMs();
    const desired = this.#desired(this.#plannedForMs);
    const plan = this.#withoutHeldBack(reconcile(desired, this.#found, this.#memory()));
    if (plan.remove.length > 0) {
      await this.#remove(plan.remove);
      return true;
    }
    if (this.#upWith !== fingerprint) {
      await this.#bringUp(wanted, fingerprint);
      return true;
    }
    this.#keeper.keep({ kind: desired.kind, config: this.#config, lease: this.#lease });
    if (this.#stale || this.#ports.clock.monotonicMs() >= this.#nextReadMs) {
      this.#adopt(await this.#ports.tunnel.read());
      return true;
    }
    if (await this.#change(plan, desired)) {
      this.#stale = true;
      return true;
    }
    this.#failures = 0;
    this.#oneByOne = false;
    this.#configAtMs = undefined;
    this.#noteEpoch(desired);
    return false;
  }

  #wantedUp(): WantedUp {
    const { addresses, mtu, routes, toAddresses, listenPort } = this.#options;
    const said = this.#config?.interface;
    return {
      addresses: said === undefined ? addresses : toAddresses(said.addresses),
      mtu: said?.mtu ?? mtu,
      routes,
      listenPort,
    };
  }

  async #bringUp(wanted: WantedUp, fingerprint: string): Promise<void> {
    const { tunnel, record, logger } = this.#ports;
    const report = await tunnel.up({ ...wanted, privateKey: this.#options.privateKey() });
    if (this.#wasUp && report.kind === 'created') {
      record({ type: 'found_altered', finding: { kind: 'interface_gone' } });
    }
    if (report.privateKeyReplaced) logger.warn('the interface had another private key, which was replaced');
    if (!this.#wasUp || report.kind === 'created') {
      record({ type: 'interface_up', kind: report.kind, peers: report.state.peers.length });
    }
    this.#wasUp = true;
    this.#upWith = fingerprint;
    this.#adopt(report.state);
  }

  /** Takes in a fresh reading, and says what a stranger's hand has changed. */
  #adopt(state: WgDeviceState): void {
    this.#found = state.peers;
    this.#stale = false;
    this.#noteSeen(state.peers);
    const due = this.#ports.clock.monotonicMs() >= this.#nextReadMs;
    if (!due) return;
    this.#nextReadMs = this.#ports.clock.monotonicMs() + this.#options.reconcileMs;
    for (const finding of reconcile(this.#desired(), state.peers, this.#memory()).findings) {
      this.#ports.record({ type: 'found_altered', finding });
      this.#ports.logger.warn({ finding }, 'the interface was changed by somebody else; it is put right');
    }
  }

  #noteSeen(peers: readonly FoundPeer[]): void {
    const nowMs = this.#ports.clock.monotonicMs();
    const here = new Set(peers.map((peer) => peer.publicKey));
    for (const publicKey of this.#seenSinceMs.keys())
      if (!here.has(publicKey)) this.#seenSinceMs.delete(publicKey);
    for (const publicKey of here)
      if (!this.#seenSinceMs.has(publicKey)) this.#seenSinceMs.set(publicKey, nowMs);
  }

  async #remove(publicKeys: readonly WgPublicKey[]): Promise<void> {
    const { tunnel, record, clock, logger } = this.#ports;
    const gone = new Set(publicKeys);
    try {
      await tunnel.removePeers(publicKeys);
    } finally {
      // Also where the tunnel failed to remove them: then the guard is what is left.
      this.#keeper.closeTo(this.#found.flatMap((peer) => (gone.has(peer.publicKey) ? peer.allowedIps : [])));
    }
    const tookMs = this.#configAtMs === undefined ? null : clock.monotonicMs() - this.#configAtMs;
    this.#found = this.#found.filter((peer) => !gone.has(peer.publicKey));
    for (const publicKey of publicKeys) {
      const nodeId = this.#names.get(publicKey) ?? null;
      this.#endpoints.delete(publicKey);
      record({ type: 'peer_removed', nodeId, publicKey, tookMs });
      logger.info({ peer_id: nodeId, public_key: publicKey, duration_ms: tookMs }, 'peer removed');
    }
  }

  /** The most urgent change but removals. @returns whether there was one */
  async #change(plan: Plan, desired: Desired): Promise<boolean> {
    const { tunnel, record, logger } = this.#ports;
    const peers = desired.kind === 'peers' ? desired.peers : NO_PEERS;
    const [setPsks, add] = this.#oneByOne
      ? [plan.setPsks.slice(0, 1), plan.add.slice(0, 1)]
      : [plan.setPsks, plan.add];
    if (setPsks.length > 0) {
      await this.#guard(setPsks, () => tunnel.setPresharedKeys(setPsks));
      const epochId = Math.max(
        ...setPsks.map((change) => peers.get(change.publicKey)?.key?.epochId ?? 0),
      ) as EpochId;
      record({ type: 'psks_set', count: setPsks.length, epochId });
      logger.debug({ count: setPsks.length, epoch_id: epochId }, 'keys changed in place');
      return true;
    }
    const [update] = plan.update;
    if (update !== undefined) {
      await this.#guard([update], () => tunnel.updatePeer(update));
      if (update.endpoint !== undefined) this.#endpoints.set(update.publicKey, update.endpoint);
      return true;
    }
    if (add.length === 0) return false;
    await this.#guard(add, () => tunnel.addPeers(add));
    for (const { publicKey, endpoint } of add) {
      if (endpoint !== undefined && !this.#endpoints.has(publicKey)) this.#endpoints.set(publicKey, endpoint);
      const peer = peers.get(publicKey);
      if (peer?.key === undefined || this.#found.some((found) => found.publicKey === publicKey)) continue;
      record({ type: 'peer_added', nodeId: peer.nodeId, publicKey, epochId: peer.key.epochId });
      logger.info({ peer_id: peer.nodeId, epoch_id: peer.key.epochId }, 'peer added');
    }
    return true;
  }

  /** Finds the peer at which a set of several fails, so that one bad peer does not keep the others out. */
  async #guard(
    peers: readonly { readonly publicKey: WgPublicKey }[],
    call: () => Promise<void>,
  ): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (error instanceof TunnelError && PEER_FAULTS.has(error.code)) {
        const [only, ...others] = peers;
        if (only !== undefined && others.length === 0) {
          this.#heldBack.set(only.publicKey, this.#ports.clock.monotonicMs() + HELD_BACK_MS);
        }
        this.#oneByOne = true;
      }
      throw error;
    }
  }

  #withoutHeldBack(plan: Plan): Plan {
    if (this.#heldBack.size === 0) return plan;
    const nowMs = this.#ports.clock.monotonicMs();
    for (const [publicKey, untilMs] of this.#heldBack) if (untilMs <= nowMs) this.#heldBack.delete(publicKey);
    const allowed = ({ publicKey }: { readonly publicKey: WgPublicKey }) => !this.#heldBack.has(publicKey);
    return {
      ...plan,
      setPsks: plan.setPsks.filter(allowed),
      update: plan.update.filter(allowed),
      add: plan.add.filter(allowed),
    };
  }

  #desired(controllerNowMs = this.#ports.controllerClock.nowMs()): Desired {
    return this.#planner.desired({
      config: this.#config,
      leaseHolds: leaseHolds(this.#lease, this.#ports.clock.bootMs()),
      controllerNowMs,
    });
  }

  #memory() {
    return { known: this.#names, endpoints: this.#endpoints };
  }

  #noteLease(): void {
    const holds = leaseHolds(this.#lease, this.#ports.clock.bootMs());
    if (this.#leaseHeld && !holds) {
      this.#configAtMs = undefined;
      this.#ports.record({ type: 'lease_ended' });
      this.#ports.logger.error('the controller was not heard for a whole lease: all peers are removed');
    }
    this.#leaseHeld = holds;
  }

  /** Everything planned for now is on the interface. */
  #noteEpoch(desired: Desired): void {
    const applied = new Map<NodeId, EpochId>();
    if (desired.kind === 'peers') {
      for (const { nodeId, key, publicKey } of desired.peers.values()) {
        if (key !== undefined && !this.#heldBack.has(publicKey)) applied.set(nodeId, key.epochId);
      }
    }
    this.#appliedEpochs = applied;
    const epochs = new Set(applied.values());
    const [epochId] = epochs;
    // Between the two roles' instants some pairs are an epoch ahead of the others.
    if (epochs.size !== 1 || epochId === undefined || epochId === this.#appliedEpoch) return;
    this.#appliedEpoch = epochId;
    this.#ports.record({ type: 'epoch_applied', epochId });
    this.#ports.epochApplied(epochId);
    this.#ports.logger.info({ epoch_id: epochId, count: applied.size }, 'epoch applied to every peer');
  }

  #napMs(): number {
    const { clock, controllerClock } = this.#ports;
    // A change that has come due since the plan was made is still ahead of it.
    const change =
      this.#config === undefined ? undefined : this.#planner.nextChangeAtMs(this.#config, this.#plannedForMs);
    return Math.max(
      1,
      Math.min(
        MAX_NAP_MS,
        this.#nextReadMs - clock.monotonicMs(),
        change === undefined ? MAX_NAP_MS : change - controllerClock.nowMs(),
        this.#leaseHeld ? leaseLeftMs(this.#lease, clock.bootMs()) : MAX_NAP_MS,
      ),
    );
  }

  /** @returns how long to wait before the interface is read and planned for anew */
  #failed(error: unknown): number {
    this.#stale = true;
    this.#failures += 1;
    const code = error instanceof TunnelError ? error.code : 'unexpected_answer';
    if (code === 'not_up') {
      this.#upWith = undefined;
      if (this.#failures <= 2) return 0;
    }
    this.#ports.record({ type: 'tunnel_failed', code, message: messageOf(error) });
    this.#ports.logger.error({ err: error, code }, 'a change of the tunnel failed');
    return this.#oneByOne && this.#failures <= 2 ? 0 : Math.min(MAX_RETRY_MS, 50 * 2 ** this.#failures);
  }
}
