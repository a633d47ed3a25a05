// The routes of the pairs that are moved to slot b. It tells where a pair's packets go by the moves of routes
// that succeeded: the controller takes the key of a slot for free once both ends report that they do not send
// there.

import type { NodeId } from '@mesh/primitives';
import type { InterfaceName } from '@mesh/wg';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { RouteWatch } from '../one-interface/route-watch.ts';

export interface PairRoutesOptions {
  readonly routeWatch: Pick<RouteWatch, 'divert' | 'look'>;
  /** The interface of slot a. */
  readonly mainName: string;
  /** The interface of slot b. */
  readonly standbyName: InterfaceName;
}

export class PairRoutes {
  readonly #options: PairRoutesOptions;
  /** The pairs that are to be routed to slot b. */
  #wanted: ReadonlySet<NodeId> = new Set();
  #onB: ReadonlySet<NodeId> = new Set();

  constructor(options: PairRoutesOptions) {
    this.#options = options;
  }

  /** The pairs that were routed to slot b after the last move of routes that succeeded. */
  get onB(): ReadonlySet<NodeId> {
    return this.#onB;
  }

  /** The pairs of which some packets may go to slot b: a move of routes that failed can have moved some. */
  get maybeOnB(): ReadonlySet<NodeId> {
    return new Set([...this.#onB, ...this.#wanted]);
  }

  /** Takes these pairs to be on slot b already, as an earlier run left them. */
  adopt(pairs: ReadonlySet<NodeId>, config: HeldConfig): void {
    this.#onB = pairs;
    this.#divert(pairs, config);
  }

  /**
   * Routes these pairs to slot b and all others to slot a.
   *
   * @returns whether a route had to be moved
   * @throws TunnelError; the next call tries again
   */
  async move(pairs: ReadonlySet<NodeId>, config: HeldConfig | undefined): Promise<boolean> {
    if (areSame(pairs, this.#wanted) && areSame(pairs, this.#onB)) return false;
    this.#divert(pairs, config);
    await this.#options.routeWatch.look(this.#options.mainName);
    this.#onB = pairs;
    return true;
  }

  #divert(pairs: ReadonlySet<NodeId>, config: HeldConfig | undefined): void {
    const { routeWatch, standbyName } = this.#options;
    this.#wanted = pairs;
    const blocks = [...pairs].flatMap((nodeId) => config?.peers.get(nodeId)?.allowedIps ?? []);
    routeWatch.divert(blocks.length === 0 ? undefined : { interfaceName: standbyName, blocks });
  }
}

function areSame(some: ReadonlySet<NodeId>, others: ReadonlySet<NodeId>): boolean {
  return some.size === others.size && [...some].every((nodeId) => others.has(nodeId));
}
