// An engine that tests drive, on a fake clock that only they move. The harness records everything that the
// engine does.

import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { encodeBase64 } from '@mesh/primitives';
import { type Cidr, parseAllowedIp, parseInterfaceName, parseWgPrivateKey } from '@mesh/wg';
import type { LeaseGuard, NewPeer, OverlayRoutes, Tunnel, TunnelUp } from '@mesh/wg-device';
import {
  createDryRunOverlayRoutes,
  createDryRunTunnel,
  createNoGuard,
  createNoHostRules,
} from '@mesh/wg-device';
import { onTestFinished } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import { InterfaceEngine } from '../../src/engine/one-interface/interface-engine.ts';
import { createRouteWatch } from '../../src/engine/one-interface/route-watch.ts';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import { reportOverlaps } from '../../src/events/report-overlaps.ts';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import type { OnOverlap } from '../../src/plan/route-overlaps.ts';
import { heldConfig, keySet, namesByRole, publicKeyOf } from './plan-fixtures.ts';

export const NAMES = ['a', 'b', 'c'];
/** The lease that the tests give the engine: 180 seconds. */
export const LEASE_MS = 180_000;

/** A clock that is coarser than the timers: its next reading is late by this much, once. */
class CoarseClock extends ControllerClock {
  behindMs = 0;

  override nowMs(): number {
    const behindMs = this.behindMs;
    this.behindMs = 0;
    return super.nowMs() - behindMs;
  }
}

export interface Harness {
  readonly clock: FakeClock;
  readonly coarse: CoarseClock;
  readonly engine: InterfaceEngine;
  readonly tunnel: Tunnel;
  readonly calls: string[];
  /** The calls of the guard, and after which call of the tunnel it was closed. */
  readonly asked: string[];
  readonly events: AgentEvent[];
  /** The code of the current trouble, at each change. */
  readonly changes: (string | undefined)[];
  readonly peers: () => Promise<string[]>;
  readonly digest: (name: string) => Promise<string | undefined>;
  /** The settings that the engine last brought the interface up with. */
  readonly wantedUp: () => TunnelUp;
  readonly settle: () => Promise<void>;
  /** Gives the node another WireGuard key. */
  readonly replaceKey: (name: string) => void;
  /** Ends the engine as when the agent stops: the interface stays. */
  readonly end: () => void;
  /** Each is called before the tunnel's own function. If it throws, the call throws that. */
  readonly before: {
    up?: () => void;
    setPresharedKeys?: () => void | Promise<void>;
    addPeers?: (peers: readonly NewPeer[]) => void;
    removePeers?: () => void;
  };
}

/** Starts an engine over the dry-run tunnel, which keeps its state in memory. It ends with the test. */
export function start(
  options: {
    leaseMs?: number;
    holdSeconds?: number;
    tunnel?: Tunnel;
    /** What the host rules do when they are applied. */
    tie?: (addresses: readonly Cidr[]) => void;
    /** What a look at the host's routes finds. */
    look?: OverlayRoutes['look'];
    onOverlap?: OnOverlap;
    /** What the guard does instead of recording what it is asked. */
    guard?: Partial<LeaseGuard>;
  } = {},
): Harness {
  const clock = new FakeClock({ nowMs: 1_900_000_000_000 });
  const coarse = new CoarseClock(clock);
  const inner =
    options.tunnel ??
    createDryRunTunnel({ interfaceName: parseInterfaceName('mesh0'), writeLine: () => undefined });
  const calls: string[] = [];
  const before: Harness['before'] = {};
  let upWith: TunnelUp | undefined;
  const tunnel: Tunnel = {
    interfaceName: inner.interfaceName,
    up: async (wanted) => {
      before.up?.();
      upWith = wanted;
      return inner.up(wanted);
    },
    read: () => inner.read(),
    down: () => inner.down(),
    updatePeer: async (change) => {
      calls.push('update');
      await inner.updatePeer(change);
    },
    removePeers: async (keys) => {
      calls.push(`remove ${keys.length}`);
      before.removePeers?.();
      await inner.removePeers(keys);
    },
    setPresharedKeys: async (changes) => {
      calls.push(`psk ${changes.length}`);
      await before.setPresharedKeys?.();
      await inner.setPresharedKeys(changes);
    },
    addPeers: async (peers) => {
      calls.push(`add ${peers.length}`);
      before.addPeers?.(peers);
      await inner.addPeers(peers);
    },
  };
  const asked: string[] = [];
  const guard: LeaseGuard = {
    ...createNoGuard(),
    apply: async ({ peers, endsAtBootMs }) => {
      const addresses = peers.flatMap((peer) => peer.addresses).sort();
      asked.push(`${addresses.join(' ')} for ${endsAtBootMs - clock.bootMs()}`);
    },
    removeNow: async (addresses) => {
      asked.push(`close ${addresses.join(' ')} after ${calls.at(-1)}`);
    },
    ...options.guard,
  };
  const own = { key: 'self' };
  const events: AgentEvent[] = [];
  const changes: (string | undefined)[] = [];
  const routes = createDryRunOverlayRoutes(() => undefined);
  const logger = createLogger({ level: 'silent' });
  const record = (event: AgentEvent) => void events.push(event);
  const engine: InterfaceEngine = new InterfaceEngine(
    {
      privateKey: () => parseWgPrivateKey(encodeBase64(new Uint8Array(32).fill(9))),
      publicKey: () => publicKeyOf(own.key),
      listenPort: 51_820,
      addresses: [parseAllowedIp('10.9.0.250')],
      toAddresses: () => [parseAllowedIp('10.9.0.250')],
      routes: [parseAllowedIp('10.9.0.0/24')],
      mtu: 1_420,
      reconcileMs: 30_000,
      holdSeconds: options.holdSeconds ?? 0,
      lease: options.leaseMs === undefined ? undefined : { endsAtBootMs: clock.bootMs() + options.leaseMs },
    },
    {
      tunnel,
      guard,
      hostRules: { ...createNoHostRules(), tie: async (addresses) => options.tie?.(addresses) },
      routeWatch: createRouteWatch(
        {
          networks: [parseAllowedIp('10.9.0.0/24')],
          addresses: [parseAllowedIp('10.9.0.250')],
          onOverlap: options.onOverlap ?? 'host-routes',
        },
        {
          routes: { ...routes, look: options.look ?? routes.look },
          clock,
          ...reportOverlaps({
            record,
            logger,
            changed: () => changes.push(engine.snapshot().trouble?.code),
          }),
        },
      ),
      clock,
      timers: clock,
      controllerClock: coarse,
      record,
      epochApplied: () => undefined,
      troubleChanged: () => changes.push(engine.snapshot().trouble?.code),
      logger,
    },
  );
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  engine.run(stop.signal);
  return {
    clock,
    coarse,
    engine,
    tunnel: inner,
    calls,
    asked,
    events,
    changes,
    before,
    peers: async () => {
      const state = await inner.read();
      return state.peers
        .map(
          (peer) =>
            [...NAMES, 'x', ...namesByRole('initiator', 3), ...namesByRole('responder', 3)].find(
              (name) => publicKeyOf(name) === peer.publicKey,
            ) ?? '?',
        )
        .sort();
    },
    digest: async (name) =>
      (await inner.read()).peers.find((peer) => peer.publicKey === publicKeyOf(name))?.presharedKeyDigest,
    wantedUp: () => {
      if (upWith === undefined) throw new Error('the interface was never brought up');
      return upWith;
    },
    settle: async () => {
      for (let turn = 0; turn < 20; turn++) await clock.advance(0);
    },
    end: () => stop.abort(),
    replaceKey: (name) => {
      own.key = name;
    },
  };
}

/** A config in which every peer has a key of epoch 4. */
export const config = (names: readonly string[], changes: Partial<HeldConfig> = {}) =>
  heldConfig(names, [keySet(4, names)], changes);

/** An engine after a restart: an earlier engine had added all peers, and one minute of its lease is left. */
export async function restarted(): Promise<Harness> {
  const first = start();
  first.engine.heard(180, config(NAMES));
  await first.settle();
  first.end();
  const second = start({ tunnel: first.tunnel, leaseMs: 60_000 });
  await second.settle();
  return second;
}
