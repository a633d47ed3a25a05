// One step of the loop that changes an interface: config + lease + time → desired peers → the difference from
// the interface → the most urgent step. Every step plans anew, so a removal that arrives while many keys are
// set waits for one call only.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgDeviceState } from '@mesh/wg';
import type { TunnelPart } from '../../events/trouble.ts';
import { GuardKeeper } from '../../guard/guard-keeper.ts';
import { appliedEpochs, commonEpoch } from '../../plan/applied-epochs.ts';
import type { Desired } from '../../plan/desired-peers.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { BadPeers } from './bad-peers.ts';
import type { EnginePorts } from './engine-parts.ts';
import { type EngineReports, FAILED, failureCode } from './engine-reports.ts';
import type { FoundPeers } from './found-peers.ts';
import type { InterfaceUp } from './interface-up.ts';
import { LastPlan } from './last-plan.ts';
import { LastWritten } from './last-written.ts';
import type { LatestConfig } from './latest-config.ts';
import { PeerChanges } from './peer-changes.ts';
import type { PeerPlanner } from './peer-planner.ts';

const MAX_RETRY_MS = 5_000;
/** How old the last reading of the interface may be when keys are set. */
const SEEN_WITHIN_MS = 100;

/** What a step shares with the loop. */
export interface EngineTurnParts {
  readonly ports: EnginePorts;
  readonly found: FoundPeers;
  readonly badPeers: BadPeers;
  readonly reports: EngineReports;
  readonly interface: InterfaceUp;
  readonly heard: LatestConfig;
  readonly peers: PeerPlanner;
  /** Makes the loop take its next step at once. */
  readonly wake: () => void;
}

export class EngineTurn {
  readonly #ports: EnginePorts;
  readonly #found: FoundPeers;
  readonly #badPeers: BadPeers;
  readonly #reports: EngineReports;
  readonly #interface: InterfaceUp;
  readonly #heard: LatestConfig;
  readonly #peers: PeerPlanner;
  readonly #keeper: GuardKeeper;
  readonly #changes: PeerChanges;
  readonly #lastWritten = new LastWritten();
  readonly #plan = new LastPlan();
  #failures = 0;
  /** The part of the work that the current turn is doing. */
  #at: TunnelPart = 'peers';
  #appliedEpochs: ReadonlyMap<NodeId, EpochId> = new Map();
  /** What was known when there was last nothing to do; undefined since something was done. */
  #atRest: { readonly desired: Desired; readonly config: HeldConfig | undefined } | undefined;

  constructor(parts: EngineTurnParts) {
    this.#ports = parts.ports;
    this.#found = parts.found;
    this.#badPeers = parts.badPeers;
    this.#reports = parts.reports;
    this.#interface = parts.interface;
    this.#heard = parts.heard;
    this.#peers = parts.peers;
    const { tunnel, clock, guard } = parts.ports;
    this.#keeper = new GuardKeeper(guard, parts.wake);
    this.#changes = new PeerChanges({
      ...parts,
      tunnel,
      clock,
      keeper: this.#keeper,
      lastWritten: this.#lastWritten,
    });
  }

  /** The epochs of the pairs when everything planned was last on the interface. */
  get appliedEpochs(): ReadonlyMap<NodeId, EpochId> {
    return this.#appliedEpochs;
  }

  /** Does one step. @returns whether the next step may be due at once */
  async take(): Promise<boolean> {
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

  /** Call it when {@link take} rejects. @returns how long to wait before the next turn, in milliseconds */
  failed(error: unknown): number {
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
   * those that failed, and come back with the keys of a config that is read with the new key. It may have
   * arrived already.
   */
  async #useNewKey(): Promise<void> {
    this.#heard.forgetKeysOfBefore();
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
}
