// Decides which peers one interface should have now, from what was heard and from where the peers' traffic
// would go. Also tells when that changes by itself.

import type { LeaseGuard, Restrictions } from '@mesh/wg-device';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import { type Desired, desiredPeers } from '../../plan/desired-peers.ts';
import { nextChangeAtMs } from '../../plan/due-changes.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import { withoutUnguarded } from '../../plan/kept-to-service.ts';
import type { RouteOverlap } from '../../plan/route-overlaps.ts';
import type { EnginePlanner } from './engine-parts.ts';
import type { LatestConfig } from './latest-config.ts';
import type { RouteWatch } from './route-watch.ts';

export interface PeerPlannerPorts {
  readonly heard: Pick<LatestConfig, 'config' | 'leaseHolds'>;
  readonly controllerClock: ControllerClock;
  readonly routeWatch: Pick<RouteWatch, 'overlaps' | 'permitted'>;
  readonly guard: Pick<LeaseGuard, 'restrictions'>;
}

const IN_PLACE: EnginePlanner = { desired: desiredPeers, nextChangeAtMs };

/** A plan, and everything that it was made from. */
interface Made {
  readonly desired: Desired;
  /** On the controller's clock. */
  readonly forMs: number;
  readonly config: HeldConfig | undefined;
  readonly leaseHolds: boolean;
  readonly overlaps: readonly RouteOverlap[];
  readonly restrictions: Restrictions;
  readonly dependedOn: unknown;
}

export class PeerPlanner {
  readonly #ports: PeerPlannerPorts;
  readonly #planner: EnginePlanner;
  #last: Made | undefined;

  /** @param planner by default that of rotation in place */
  constructor(ports: PeerPlannerPorts, planner: EnginePlanner = IN_PLACE) {
    this.#ports = ports;
    this.#planner = planner;
  }

  /**
   * The desired peers now. `nextChangeInMs` counts changes from this instant. While nothing that they depend
   * on has changed, a call returns the same plan as the one before.
   */
  plan(): Desired {
    this.#last = this.#current();
    return this.#last.desired;
  }

  /** The desired peers now, without an effect on `nextChangeInMs`. */
  look(): Desired {
    return this.#current().desired;
  }

  /**
   * How long until the plan changes by itself; `Infinity` if it does not. It is 0 or less if a change has
   * become due since the last `plan`.
   */
  nextChangeInMs(): number {
    if (this.#last === undefined) return Number.POSITIVE_INFINITY;
    return this.#changesAtMs(this.#last) - this.#ports.controllerClock.nowMs();
  }

  /** The last plan while it still holds, otherwise a new one. */
  #current(): Made {
    const { heard, controllerClock, routeWatch, guard } = this.#ports;
    const [controllerNowMs, leaseHolds] = [controllerClock.nowMs(), heard.leaseHolds()];
    if (this.#last !== undefined && this.#holds(this.#last, controllerNowMs, leaseHolds)) return this.#last;
    const { config } = heard;
    const desired = this.#planner.desired({ config, leaseHolds, controllerNowMs });
    const restrictions = guard.restrictions();
    return {
      desired: withoutUnguarded(routeWatch.permitted(desired), config, restrictions),
      forMs: controllerNowMs,
      config,
      leaseHolds,
      overlaps: routeWatch.overlaps(),
      restrictions,
      dependedOn: this.#planner.dependsOn?.(),
    };
  }

  /** Whether a plan that is made now would be the same. The controller's clock can be set back. */
  #holds(last: Made, nowMs: number, leaseHolds: boolean): boolean {
    const { heard, routeWatch, guard } = this.#ports;
    return (
      last.config === heard.config &&
      last.leaseHolds === leaseHolds &&
      last.overlaps === routeWatch.overlaps() &&
      last.restrictions === guard.restrictions() &&
      last.dependedOn === this.#planner.dependsOn?.() &&
      nowMs >= last.forMs &&
      nowMs < this.#changesAtMs(last)
    );
  }

  /** When a plan changes by itself, on the controller's clock. */
  #changesAtMs({ config, forMs }: Made): number {
    const atMs = config === undefined ? undefined : this.#planner.nextChangeAtMs(config, forMs);
    return atMs ?? Number.POSITIVE_INFINITY;
  }
}
