// Which peers one interface should have now, by what was heard and by where their traffic would go, and when
// that changes by itself.

import type { ControllerClock } from '../../clock/controller-clock.ts';
import { type Desired, desiredPeers } from '../../plan/desired-peers.ts';
import { nextChangeAtMs } from '../../plan/due-changes.ts';
import type { EnginePlanner } from './engine-parts.ts';
import type { HeardConfig } from './heard-config.ts';
import type { RouteWatch } from './route-watch.ts';

export interface PeerPlannerPorts {
  readonly heard: Pick<HeardConfig, 'config' | 'leaseHolds'>;
  readonly controllerClock: ControllerClock;
  readonly routeWatch: Pick<RouteWatch, 'permitted'>;
}

const IN_PLACE: EnginePlanner = { desired: desiredPeers, nextChangeAtMs };

export class PeerPlanner {
  readonly #ports: PeerPlannerPorts;
  readonly #planner: EnginePlanner;
  /** On the controller's clock. */
  #plannedForMs = Number.NEGATIVE_INFINITY;

  /** @param planner in place where it is left out */
  constructor(ports: PeerPlannerPorts, planner: EnginePlanner = IN_PLACE) {
    this.#ports = ports;
    this.#planner = planner;
  }

  /** For this instant, which `nextChangeInMs` goes on from. */
  plan(): Desired {
    this.#plannedForMs = this.#ports.controllerClock.nowMs();
    return this.#desiredAt(this.#plannedForMs);
  }

  /** The same without planning for it. */
  look(): Desired {
    return this.#desiredAt(this.#ports.controllerClock.nowMs());
  }

  /**
   * How long until the plan changes by itself; `Infinity` where nothing is to come. A change that has come
   * due since the last `plan` is still to be made: it gives 0 or less.
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
