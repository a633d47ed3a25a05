// What the engine of one interface is given: its settings, its ports, and the plan that it follows.

import type { Clock, Logger, Timers } from '@mesh/host';
import type { EpochId } from '@mesh/primitives';
import type { Cidr, WgPrivateKey } from '@mesh/wg';
import type { HostRules, LeaseGuard, Tunnel } from '@mesh/wg-device';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import type { RecordEvent } from '../../events/agent-events.ts';
import type { Lease } from '../../lease/lease.ts';
import type { Desired, DesiredInput } from '../../plan/desired-peers.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { RouteWatch } from './route-watch.ts';

export interface EngineOptions {
  /** Called for each `up`, so that the string lives no longer than the call. */
  readonly privateKey: () => WgPrivateKey;
  readonly listenPort: number;
  /** In use until the first config names others. */
  readonly addresses: readonly Cidr[];
  readonly mtu: number;
  readonly routes: readonly Cidr[];
  readonly toAddresses: (texts: readonly string[]) => readonly Cidr[];
  /** What is planned for this interface, and when; for rotation in place where it is left out. */
  readonly planner?: EnginePlanner;
  /** How often the interface is read and put right. */
  readonly reconcileMs: number;
  /** What `hold` adds to every lease; 0 for `close`. */
  readonly holdSeconds: number;
  /** From an earlier run on this boot: what that run left on the interface may stay for as long. */
  readonly lease: Lease | undefined;
}

export interface EnginePorts {
  readonly tunnel: Tunnel;
  /** Nothing waits for it, and its failure fails nothing else: the tunnel is what denies. */
  readonly guard: LeaseGuard;
  /** Put in force before the interface gets an address. */
  readonly hostRules: HostRules;
  /** Asked before a peer is added. */
  readonly routeWatch: RouteWatch;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly controllerClock: ControllerClock;
  readonly record: RecordEvent;
  /** Called when every pair holds this epoch's key. */
  readonly epochApplied: (epochId: EpochId) => void;
  /** Called when the tunnel begins to fail, fails for another reason, or works again. */
  readonly troubleChanged: () => void;
  readonly logger: Logger;
}

export interface EnginePlanner {
  readonly desired: (input: DesiredInput) => Desired;
  readonly nextChangeAtMs: (config: HeldConfig, controllerNowMs: number) => number | undefined;
}
