// Makes sure that each peer has a route of its own before it is on the interface, and checks from time to
// time that the kernel would send its traffic there. An agent has one watch for all its interfaces: with
// strict rotation both slots use it.

import type { Clock } from '@mesh/host';
import type { Cidr } from '@mesh/wg';
import type { OverlayRoutes } from '@mesh/wg-device';
import type { Desired } from '../../plan/desired-peers.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import { hostAddress } from '../../plan/overlay-targets.ts';
import {
  changedOverlaps,
  type OnOverlap,
  type RouteOverlap,
  routeOverlaps,
  withoutLeaking,
} from '../../plan/route-overlaps.ts';

export interface RouteWatchOptions {
  readonly networks: readonly Cidr[];
  /** The node's own, until the first config names others. */
  readonly addresses: readonly Cidr[];
  readonly onOverlap: OnOverlap;
}

export interface RouteWatchPorts {
  readonly routes: OverlayRoutes;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Called once, and again when the overlap is handled in another way or concerns other peers. */
  readonly found: (overlap: RouteOverlap) => void;
  readonly gone: (overlap: RouteOverlap) => void;
}

export interface RouteWatch {
  /** The peers of this config are to be routed from now on. */
  follow(config: HeldConfig): void;
  /**
   * Whether the config has a peer's address that was not yet routed and looked at: look before a peer is
   * added.
   */
  mustLook(): boolean;
  /** Whether it is time to look again; nothing has to wait for that. */
  isDue(): boolean;
  /** Makes a look due now. */
  outdate(): void;
  /** The interface is a new one: nothing that was seen counts any more. */
  forget(): void;
  /**
   * Routes the peers and looks at the other routes and addresses of this host. A call while a look at the
   * same config is under way returns that look.
   * @param interfaceName one of this agent's interfaces that is up
   * @throws TunnelError
   */
  look(interfaceName: string): Promise<void>;
  /** What the last look found. */
  overlaps(): readonly RouteOverlap[];
  /** Those of these peers that may be on an interface. */
  permitted(desired: Desired): Desired;
}

export function createRouteWatch(options: RouteWatchOptions, ports: RouteWatchPorts): RouteWatch {
  const { networks, onOverlap } = options;
  let config: HeldConfig | undefined;
  let known: readonly RouteOverlap[] = [];
  /** The addresses that were routed and looked at. */
  let seen: ReadonlySet<Cidr> = new Set();
  let isDue = true;
  /** Counts the calls of `forget`: a look that began in an earlier life does not count as seen. */
  let life = 0;
  let last:
    | { readonly of: HeldConfig | undefined; readonly life: number; readonly done: Promise<void> }
    | undefined;

  async function look(interfaceName: string): Promise<void> {
    const [of, begunIn] = [config, life];
    const blocks = of === undefined ? undefined : blocksOf(of);
    isDue = false;
    const survey = await ports.routes.look({
      interfaceName,
      blocks,
      own: of?.interface?.addresses.map(hostAddress) ?? options.addresses,
    });
    const before = known;
    const nowMs = Math.floor(ports.clock.nowMs());
    known = routeOverlaps({ survey, networks, config: of, onOverlap, known, nowMs });
    if (begunIn === life) seen = new Set(blocks);
    const { found, gone } = changedOverlaps(before, known);
    for (const overlap of found) ports.found(overlap);
    for (const overlap of gone) ports.gone(overlap);
  }

  const hasUnseen = () => config !== undefined && blocksOf(config).some((block) => !seen.has(block));

  return {
    follow(newest) {
      config = newest;
      // Peers that an earlier run left on the interface are not added, but they have to be routed all the
      // same.
      isDue ||= hasUnseen();
    },
    mustLook: hasUnseen,
    isDue: () => isDue,
    outdate() {
      isDue = true;
    },
    forget() {
      life += 1;
      isDue = true;
      seen = new Set();
    },
    look(interfaceName) {
      if (last !== undefined && last.of === config && last.life === life) return last.done;
      // Looks run one after the other, so that the newest decides.
      const earlier = last?.done.catch(() => {}) ?? Promise.resolve();
      const done = earlier.then(() => look(interfaceName));
      const mine = { of: config, life, done };
      last = mine;
      const end = () => {
        if (last === mine) last = undefined;
      };
      done.then(end, end);
      return done;
    },
    overlaps: () => known,
    permitted: (desired) => withoutLeaking(desired, known, onOverlap),
  };
}

function blocksOf({ peers }: HeldConfig): readonly Cidr[] {
  return [...peers.values()].flatMap(({ allowedIps }) => allowedIps);
}
