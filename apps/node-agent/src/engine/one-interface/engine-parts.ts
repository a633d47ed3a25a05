// What the engine of one interface gets: its settings, its ports, and the plan that it follows.

import type { Clock, Logger, Timers } from '@mesh/host';
import type { EpochId } from '@mesh/primitives';
import type { Cidr, WgPrivateKey, WgPublicKey } from '@mesh/wg';
import type { HostRules, LeaseGuard, Tunnel } from '@mesh/wg-device';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import type { RecordEvent } from '../../events/agent-events.ts';
import type { Lease } from '../../lease/lease.ts';
import type { Desired, DesiredInput } from '../../plan/desired-peers.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { RouteWatch } from './route-watch.ts';

export interface EngineOptions {
  /** Called for each `up`, so that the string is not kept longer than the call. */
  readonly privateKey: () => WgPrivateKey;
  /** The key's public half, by which the engine notices that the node has replaced its key. */
  readonly publicKey: () => WgPublicKey;
  readonly listenPort: number;
  /** Used until the first config names others. */
  readonly addresses: readonly Cidr[];
  readonly mtu: number;
  readonly routes: readonly Cidr[];
  readonly toAddresses: (texts: readonly string[]) => readonly Cidr[];
  /** Plans which peers this interface has and when that changes; by default for rotation in place. */
  readonly planner?: EnginePlanner;
  /** How often the interface is read and corrected. */
  readonly reconcileMs: number;
  /** How much `hold` adds to every lease; 0 for `close`. */
  readonly holdSeconds: number;
  /** The lease of an earlier run on this boot. What that run left on the interface may stay until it ends. */
  readonly lease: Lease | undefined;
}

export interface EnginePorts {
  readonly tunnel: Tunnel;
  /**
   * Nothing waits for the guard, and if it fails, nothing else fails: the denial itself is done in the
   * tunnel.
   */
  readonly guard: LeaseGuard;
  /** Put in force before the interface gets an address. */
  readonly hostRules: HostRules;
  /** Makes the look at the routes that comes before a peer is added. */
  readonly routeWatch: RouteWatch;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly controllerClock: ControllerClock;
  readonly record: RecordEvent;
  /** Called when every pair has the key of this epoch. */
  readonly epochApplied: (epochId: EpochId) => void;
  /** Called when the tunnel begins to fail, fails for another reason, or works again. */
  readonly troubleChanged: () => void;
  readonly logger: Logger;
}

export interface EnginePlanner {
  readonly desired: (input: DesiredInput) => Desired;
  readonly nextChangeAtMs: (config: HeldConfig, controllerNowMs: number) => number | undefined;
  /**
   * Gives what `desired` depends on beside its input. A plan is made anew when this value is another one, the
   * config or the lease's state is, or `nextChangeAtMs` has come.
   */
  readonly dependsOn?: () => unknown;
}
