// Decides which peers one interface should have now, from what was heard and from where the peers' traffic
// would go. Also tells when that changes by itself.

import type { ControllerClock } from '../../clock/controller-clock.ts';
import { type Desired, desiredPeers } from '../../plan/desired-peers.ts';
import { nextChangeAtMs } from '../../plan/due-changes.ts';
import type { EnginePlanner } from './engine-parts.ts';
import type { LatestConfig } from './latest-config.ts';
import type { RouteWatch } from './route-watch.ts';

export interface PeerPlannerPorts {
  readonly heard: Pick<LatestConfig, 'config' | 'leaseHolds'>;
  readonly controllerClock: ControllerClock;
  readonly routeWatch: Pick<RouteWatch, 'permitted'>;
}

const IN_PLACE: EnginePlanner = { desired: desiredPeers, nextChangeAtMs };

export class PeerPlanner {
  readonly #ports: PeerPlannerPorts;
  readonly #planner: EnginePlanner;
  /** The instant of the last plan, on the controller's clock. */
  #plannedForMs = Number.NEGATIVE_INFINITY;

  /** @param planner by default that of rotation in place */
  constructor(ports: PeerPlannerPorts, planner: EnginePlanner = IN_PLACE) {
    this.#ports = ports;
    this.#planner = planner;
  }

  /** The desired peers now. `nextChangeInMs` counts changes from this instant. */
  plan(): Desired {
    this.#plannedForMs = this.#ports.controllerClock.nowMs();
    return this.#desiredAt(this.#plannedForMs);
  }

  /** The desired peers now, without an effect on `nextChangeInMs`. */
  look(): Desired {
    return this.#desiredAt(this.#ports.controllerClock.nowMs());
  }

  /**
   * How long until the plan changes by itself; `Infinity` if it does not. It is 0 or less if a change has
   * become due since the last `plan`.
   */
  nextChangeInMs(): number {
    const { heard, controllerClock } = this.#ports;
    if (heard.config === undefined) return Number.POSITIVE_INFINITY;
    const atMs = this.#planner.nextChangeAtMs(heard.config, this.#plannedForMs);
    return atMs === undefined ? Number.POSITIVE_INFINITY : atMs - controllerClock.nowMs();
  }

  #desiredAt(controllerNowMs: number): Desired {
    const { heard, routeWatch } = this.#ports;
    const leaseHolds = heard.leaseHolds();
    return routeWatch.permitted(this.#planner.desired({ config: heard.config, leaseHolds, controllerNowMs }));
  }
}
