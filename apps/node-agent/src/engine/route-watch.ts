// Sees to it that each peer has a route of its own before it is on the interface, and looks from time to time whether
// the kernel would send its traffic there. One for all interfaces of an agent: with strict rotation both slots ask it.

import type { Clock } from '@mesh/host';
import type { Cidr } from '@mesh/wg';
import { hostAddress } from '../observe/overlay-targets.ts';
import type { Desired } from '../plan/desired-peers.ts';
import type { HeldConfig } from '../plan/held-config.ts';
import {
  changedOverlaps,
  type OnOverlap,
  type RouteOverlap,
  routeOverlaps,
  withoutLeaking,
} from '../plan/route-overlaps.ts';
import type { OverlayRoutes } from '../tunnel/overlay-routes.ts';

export interface RouteWatchOptions {
  readonly networks: readonly Cidr[];
  /** The node's own, before the first config names others. */
  readonly addresses: readonly Cidr[];
  readonly onOverlap: OnOverlap;
}

export interface RouteWatchPorts {
  readonly routes: OverlayRoutes;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Told once, and again when it is handled in another way or concerns other peers. */
  readonly found: (overlap: RouteOverlap) => void;
  readonly gone: (overlap: RouteOverlap) => void;
}

export interface RouteWatch {
  /** Whose peers are to be routed from now on. */
  follow(config: HeldConfig): void;
  /** Whether the config has an address of a peer's that nobody has routed and looked at: look before a peer is added. */
  mustLook(): boolean;
  /** Whether it is time to look again; keeps nobody from anything. */
  isDue(): boolean;
  /** It is time now. */
  outdate(): void;
  /** The interface is another one: nothing of it is known. */
  forget(): void;
  /**
   * Routes the peers and looks at what others have. Who asks while a look is under way gets that one.
   * @param interfaceName one of ours that is up
   * @throws TunnelError
   */
  look(interfaceName: string): Promise<void>;
  /** As last seen. */
  overlaps(): readonly RouteOverlap[];
  /** What of these peers may be on an interface. */
  permitted(desired: Desired): Desired;
}

export function createRouteWatch(options: RouteWatchOptions, ports: RouteWatchPorts): RouteWatch {
  const { networks, onOverlap } = options;
  let config: HeldConfig | undefined;
  let known: readonly RouteOverlap[] = [];
  /** What was routed and looked at. */
  let seen: ReadonlySet<Cidr> = new Set();
  let isDue = true;
  /** Counts what `forget` has made worthless, looks under way included. */
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
      // Peers that an earlier run has left on the interface are not added, and yet have to be routed.
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
      // One after the other: the newest has the last word.
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
