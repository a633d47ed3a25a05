// Gives each peer its own route before the peer is added to the interface. Checks from time to time that the
// kernel would send the peer's traffic there. An agent has one watch for all its interfaces: with strict
// rotation both slots use it.

import type { Clock } from '@mesh/host';
import { defined } from '@mesh/primitives';
import type { Cidr } from '@mesh/wg';
import type { OverlayRoutes, RouteLook } from '@mesh/wg-device';
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
  /** The node's own addresses, until the first config names others. */
  readonly addresses: readonly Cidr[];
  readonly onOverlap: OnOverlap;
}

export interface RouteWatchPorts {
  readonly routes: OverlayRoutes;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Called once for an overlap, and again when its handling or its peers change. */
  readonly found: (overlap: RouteOverlap) => void;
  readonly gone: (overlap: RouteOverlap) => void;
}

/** Peers' blocks that are routed to another of this agent's interfaces than the rest. */
export type Diverted = NonNullable<RouteLook['diverted']>;

export interface RouteWatch {
  /** Routes the peers of this config from the next look on. */
  follow(config: HeldConfig): void;
  /** Routes these blocks to another interface from the next look on; undefined: none. */
  divert(diverted: Diverted | undefined): void;
  /**
   * Whether a peer's address in the config was not routed and checked yet. Then a look must come before a
   * peer is added.
   */
  mustLook(): boolean;
  /** Whether the next look is due. Nothing has to wait for that look. */
  isDue(): boolean;
  /** Makes the next look due now. */
  outdate(): void;
  /** Forgets which addresses were routed and checked, because the interface is a new one. */
  forget(): void;
  /**
   * Routes the peers and examines the other routes and addresses of this host. During a look at the same
   * config a call returns that look.
   * @param interfaceName one of this agent's interfaces that is up
   * @throws TunnelError
   */
  look(interfaceName: string): Promise<void>;
  /** What the last look found. */
  overlaps(): readonly RouteOverlap[];
  /** The desired peers without those that must not be on an interface. */
  permitted(desired: Desired): Desired;
}

export function createRouteWatch(options: RouteWatchOptions, ports: RouteWatchPorts): RouteWatch {
  const { networks, onOverlap } = options;
  let config: HeldConfig | undefined;
  let diverted: Diverted | undefined;
  let known: readonly RouteOverlap[] = [];
  /** The addresses that were routed and checked. */
  let seen: ReadonlySet<Cidr> = new Set();
  let isDue = true;
  /**
   * Counts the calls of `forget`. The result of a look that began before a `forget` does not count as seen.
   */
  let life = 0;
  let last:
    | {
        readonly of: HeldConfig | undefined;
        readonly diverted: Diverted | undefined;
        readonly life: number;
        readonly done: Promise<void>;
      }
    | undefined;

  async function look(interfaceName: string): Promise<void> {
    const [of, begunIn] = [config, life];
    const blocks = of === undefined ? undefined : blocksOf(of);
    isDue = false;
    const survey = await ports.routes.look({
      interfaceName,
      blocks,
      ...defined({ diverted }),
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
      // Peers that an earlier run left on the interface are not added, but they need routes, too.
      isDue ||= hasUnseen();
    },
    divert(next) {
      diverted = next;
      isDue = true;
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
      if (last !== undefined && last.of === config && last.diverted === diverted && last.life === life)
        return last.done;
      // Looks run one after the other, so that the newest has the last word.
      const earlier = last?.done.catch(() => {}) ?? Promise.resolve();
      const done = earlier.then(() => look(interfaceName));
      const mine = { of: config, diverted, life, done };
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
