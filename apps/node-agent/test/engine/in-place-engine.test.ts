// Rotation in place while the controller moves pairs to slot b and back, over two dry-run tunnels, on a fake
// clock. Sessions are what the test says.

import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { encodeBase64 } from '@mesh/primitives';
import type { UseOfSlotB } from '@mesh/protocol';
import {
  type InterfaceName,
  parseAllowedIp,
  parseInterfaceName,
  parseWgPrivateKey,
  type WgPublicKey,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import type { LeaseGuard, OverlayRoutes, RouteLook, Tunnel } from '@mesh/wg-device';
import { createDryRunTunnel, createNoGuard, createNoHostRules, TunnelError } from '@mesh/wg-device';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import { InPlaceEngine } from '../../src/engine/in-place/in-place-engine.ts';
import { openStandbyEngine, type StandbyPlanner } from '../../src/engine/in-place/open-standby-engine.ts';
import { InterfaceEngine } from '../../src/engine/one-interface/interface-engine.ts';
import { createRouteWatch } from '../../src/engine/one-interface/route-watch.ts';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import {
  heldConfig,
  heldPeer,
  keySet,
  node,
  publicKeyBOf,
  publicKeyOf,
  slottedPeer,
} from '../support/plan-fixtures.ts';

const NAME = parseInterfaceName('mesh0');
const NAME_B = parseInterfaceName('mesh0-b');
const NAMES = ['a', 'b'];

const config = (uses: Readonly<Record<string, UseOfSlotB>> = {}, names = NAMES): HeldConfig =>
  heldConfig(names, [keySet(4, names)], {
    peers: new Map(
      names.map((name) => [
        node(name),
        { ...slottedPeer(name), ...(uses[name] && { useOfSlotB: uses[name] }) },
      ]),
    ),
  });

interface Host {
  readonly tunnels: Readonly<Record<'a' | 'b', Tunnel>>;
  /** When each key last made a handshake, in seconds. */
  readonly sessions: Map<WgPublicKey, number>;
  readonly looks: RouteLook[];
  /** Whether the routes cannot be set. */
  routesFail: boolean;
  downs: number;
}

function createHost(): Host {
  const sessions = new Map<WgPublicKey, number>();
  const host: Host = {
    tunnels: { a: tunnel(NAME), b: tunnel(NAME_B) },
    sessions,
    looks: [],
    routesFail: false,
    downs: 0,
  };
  function tunnel(interfaceName: InterfaceName): Tunnel {
    const inner = createDryRunTunnel({ interfaceName, writeLine: () => undefined });
    return {
      ...inner,
      read: async () => {
        const state = await inner.read();
        const peers = state.peers.map((peer) => {
          const seconds = sessions.get(peer.publicKey);
          return seconds === undefined ? peer : { ...peer, latestHandshakeSeconds: seconds };
        });
        return { ...state, peers };
      },
      down: async () => {
        host.downs += 1;
        await inner.down();
      },
    };
  }
  return host;
}

function start({ host = createHost(), hasStandby = false, guardB = createNoGuard() as LeaseGuard } = {}) {
  const clock = new FakeClock({ nowMs: 1_900_000_000_000 });
  const logger = createLogger({ level: 'silent' });
  const routes: OverlayRoutes = {
    read: async () => undefined,
    switchTo: async () => undefined,
    look: async (wanted) => {
      if (host.routesFail) throw new TunnelError('apply_failed', 'no such device');
      host.looks.push(wanted);
      return { foreign: [], strays: [] };
    },
    acceptFromEither: async () => true,
  };
  const address = parseAllowedIp('10.9.0.250');
  const routeWatch = createRouteWatch(
    { networks: [parseAllowedIp('10.9.0.0/24')], addresses: [address], onOverlap: 'host-routes' },
    { routes, clock, found: () => undefined, gone: () => undefined },
  );
  const secret = (byte: number) => parseWgPrivateKey(encodeBase64(new Uint8Array(32).fill(byte)));
  const secrets = { a: secret(8), b: secret(16) };
  const own = { a: wgPublicKeyFromPrivate(secrets.a), b: wgPublicKeyFromPrivate(secrets.b) };
  const options = (slot: 'a' | 'b') => ({
    privateKey: () => secrets[slot],
    publicKey: () => own[slot],
    listenPort: slot === 'a' ? 51_820 : 51_821,
    addresses: [address],
    toAddresses: () => [address],
    routes: [],
    mtu: 1_420,
    reconcileMs: 30_000,
    holdSeconds: 0,
    lease: hasStandby ? { endsAtBootMs: clock.bootMs() + 100_000 } : undefined,
  });
  const ports = (slot: 'a' | 'b', guard: LeaseGuard) => ({
    tunnel: host.tunnels[slot],
    guard,
    hostRules: createNoHostRules(),
    routeWatch,
    clock,
    timers: clock,
    controllerClock: new ControllerClock(clock),
    record: () => undefined,
    epochApplied: () => undefined,
    troubleChanged: () => undefined,
    logger,
  });
  const moves: string[][] = [];
  const engine: InPlaceEngine = new InPlaceEngine(
    {
      main: new InterfaceEngine(options('a'), ports('a', createNoGuard())),
      ownKey: (slot) => own[slot],
      standbyName: NAME_B,
      openStandby: async (planner: StandbyPlanner) =>
        openStandbyEngine(options('b'), ports('b', guardB), planner),
      hasStandby,
    },
    {
      routeWatch,
      clock,
      timers: clock,
      logger,
      moved: () => moves.push(onB()),
    },
  );
  const onB = (): string[] => [...(engine.snapshot().movedToB ?? [])].sort();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  void engine.run(stop.signal);
  const settle = async () => {
    for (let turn = 0; turn < 40; turn++) await clock.advance(0);
  };
  return {
    clock,
    host,
    engine,
    /** Gives the node another key of slot a, which is not on the interface yet. */
    replaceOwnKey: () => {
      secrets.a = secret(24);
      own.a = wgPublicKeyFromPrivate(secrets.a);
    },
    /** The pairs that sent on slot b, after each move. */
    moves,
    hear: async (held: HeldConfig) => {
      engine.heard(180, held);
      await settle();
    },
    pass: async (ms: number) => {
      for (let left = ms; left > 0; left -= 250) {
        await clock.advance(Math.min(250, left));
        await settle();
      }
    },
    /** A handshake with this key now. */
    shakes: (publicKey: WgPublicKey) => host.sessions.set(publicKey, Math.floor(clock.nowMs() / 1_000)),
    inB: async () => {
      const { peers } = await host.tunnels.b.read().catch(() => ({ peers: undefined }));
      return peers?.map(({ publicKey }) => NAMES.find((name) => publicKeyBOf(name) === publicKey) ?? '?');
    },
    /** The pairs that are said to send on slot b. */
    onB,
    /** The blocks that the last look sent to slot b. */
    diverted: () => host.looks.at(-1)?.diverted,
    end: async () => {
      stop.abort();
      await settle();
    },
  };
}

/** An engine whose pair with `a` sends on slot b. */
async function moved() {
  const mesh = start();
  await mesh.hear(config());
  for (const name of NAMES) mesh.shakes(publicKeyOf(name));
  await mesh.hear(config({ a: 'send' }));
  mesh.shakes(publicKeyBOf('a'));
  await mesh.pass(250);
  expect(mesh.moves).toEqual([['a']]);
  return mesh;
}

const TO_B = { interfaceName: NAME_B, blocks: heldPeer('a').allowedIps };

describe('rotation in place', () => {
  it('has one interface, and a second one only while pairs move', async () => {
    const mesh = start();
    await mesh.hear(config());
    await mesh.pass(60_000);
    expect(await mesh.inB()).toBeUndefined();
    await mesh.hear(config({ a: 'send' }));
    expect(await mesh.inB()).toEqual(['a']);
    expect((await mesh.host.tunnels.a.read()).peers).toHaveLength(2);
  });

  it('sends on slot b once there is a session, and on slot a again once there is one with the new key', async () => {
    const mesh = start();
    await mesh.hear(config());
    for (const name of NAMES) mesh.shakes(publicKeyOf(name));
    await mesh.hear(config({ a: 'send' }));
    await mesh.pass(5_000);
    expect([mesh.moves, mesh.diverted()]).toEqual([[], undefined]);
    mesh.shakes(publicKeyBOf('a'));
    await mesh.pass(250);
    expect([mesh.moves, mesh.diverted()]).toEqual([[['a']], TO_B]);

    const replaced = config({ a: 'receive' });
    const peers = new Map(replaced.peers);
    peers.set(node('a'), { ...slottedPeer('a'), publicKey: publicKeyOf('new a'), useOfSlotB: 'receive' });
    await mesh.hear({ ...replaced, peers });
    await mesh.pass(5_000);
    expect([mesh.moves, mesh.diverted()]).toEqual([[['a']], TO_B]);
    const inA = (await mesh.host.tunnels.a.read()).peers.map(({ publicKey }) => publicKey);
    expect(inA).toContain(publicKeyOf('new a'));
    expect(inA).not.toContain(publicKeyOf('a'));
    mesh.shakes(publicKeyOf('new a'));
    await mesh.pass(250);
    expect([mesh.moves, mesh.diverted()]).toEqual([[['a'], []], undefined]);
  });

  it('takes packets on slot b for ten seconds after the controller has ended the move, and then removes it', async () => {
    const mesh = await moved();
    await mesh.hear(config());
    await mesh.pass(9_750);
    expect([mesh.diverted(), await mesh.inB(), mesh.host.downs]).toEqual([undefined, ['a'], 0]);
    await mesh.pass(1_000);
    expect([await mesh.inB(), mesh.host.downs]).toEqual([undefined, 1]);
  });

  it('does not count the sessions of its own key before as sessions of slot a', async () => {
    const mesh = await moved();
    let release = () => undefined as unknown;
    const { up } = mesh.host.tunnels.a;
    // The interface gets the new key later than the config says that the peers have it.
    Object.assign(mesh.host.tunnels.a, {
      up: async (wanted: Parameters<Tunnel['up']>[0]) => {
        await new Promise((resolve) => {
          release = () => resolve(undefined);
        });
        return up(wanted);
      },
      removePeers: async () => undefined,
    });
    await mesh.pass(2_000);
    mesh.replaceOwnKey();
    await mesh.hear(config({ a: 'receive' }));
    await mesh.pass(2_000);
    expect([mesh.moves, mesh.diverted()]).toEqual([[['a']], TO_B]);
    release();
    await mesh.pass(1_000);
    // The peer is still there with its session of the key before.
    expect([mesh.moves, mesh.diverted()]).toEqual([[['a']], TO_B]);
    mesh.shakes(publicKeyOf('a'));
    await mesh.pass(250);
    expect([mesh.moves, mesh.diverted()]).toEqual([[['a'], []], undefined]);
  });

  it('is said to send on a slot only once the routes point there, and they are tried again', async () => {
    const mesh = start();
    await mesh.hear(config());
    for (const name of NAMES) mesh.shakes(publicKeyOf(name));
    await mesh.hear(config({ a: 'send' }));
    mesh.host.routesFail = true;
    mesh.shakes(publicKeyBOf('a'));
    await mesh.pass(3_000);
    expect([mesh.onB(), mesh.diverted()]).toEqual([[], undefined]);
    mesh.host.routesFail = false;
    await mesh.pass(1_000);
    expect([mesh.onB(), mesh.diverted(), mesh.moves]).toEqual([['a'], TO_B, [['a']]]);
    mesh.host.routesFail = true;
    await mesh.hear(config({ a: 'receive' }));
    await mesh.pass(3_000);
    expect(mesh.onB()).toEqual(['a']);
    // It is to send on slot b again, and some routes may point to slot a.
    mesh.host.looks.length = 0;
    mesh.host.routesFail = false;
    await mesh.hear(config({ a: 'send' }));
    await mesh.pass(1_000);
    expect([mesh.onB(), mesh.diverted()]).toEqual([['a'], TO_B]);
  });

  it('goes back by itself when slot b loses its session', async () => {
    const mesh = await moved();
    mesh.shakes(publicKeyOf('a'));
    mesh.host.sessions.delete(publicKeyBOf('a'));
    await mesh.pass(250);
    expect([mesh.moves, mesh.diverted()]).toEqual([[['a'], []], undefined]);
  });

  it('removes a denied peer from both slots on receipt', async () => {
    const mesh = await moved();
    const beforeMs = mesh.clock.monotonicMs();
    await mesh.hear(config({}, ['b']));
    expect(mesh.clock.monotonicMs()).toBe(beforeMs);
    expect((await mesh.inB()) ?? []).toEqual([]);
    expect((await mesh.host.tunnels.a.read()).peers).toHaveLength(1);
  });

  it('empties both slots when the lease ends', async () => {
    const mesh = await moved();
    mesh.engine.heard(5);
    await mesh.pass(6_000);
    expect([await mesh.inB(), (await mesh.host.tunnels.a.read()).peers]).toEqual([[], []]);
  });

  it('lets the traffic of slot b alone when the agent starts anew', async () => {
    const first = await moved();
    await first.end();
    first.host.sessions.delete(publicKeyOf('a'));
    const second = start({ host: first.host, hasStandby: true });
    const before = first.host.looks.length;
    await second.pass(250);
    await second.hear(config({ a: 'receive' }));
    expect(first.host.looks.slice(before).every(({ blocks, diverted }) => !blocks || diverted)).toBe(true);
    expect(second.diverted()).toEqual(TO_B);
    await second.pass(20_000);
    expect([second.diverted(), await second.inB()]).toEqual([TO_B, ['a']]);
    second.shakes(publicKeyOf('a'));
    await second.pass(250);
    expect(second.diverted()).toBeUndefined();
  });

  it('removes what an earlier run left in slot b when nothing moves any more', async () => {
    const first = await moved();
    await first.end();
    first.shakes(publicKeyOf('a'));
    const second = start({ host: first.host, hasStandby: true });
    await second.hear(config());
    await second.pass(11_000);
    expect([await second.inB(), second.diverted()]).toEqual([undefined, undefined]);
  });

  it('lets no peer into slot b while the guard fails', async () => {
    let kind: 'failed' | 'applied' = 'failed';
    const state = () =>
      kind === 'failed' ? { kind, code: 'timeout', message: '' } : { kind, addresses: 1, endsInMs: 1_000 };
    const guardB: LeaseGuard = { ...createNoGuard(), kind: 'nftables', state };
    const mesh = start({ guardB });
    await mesh.hear(config());
    await mesh.hear(config({ a: 'send' }));
    await mesh.pass(5_000);
    expect(await mesh.inB()).toEqual([]);
    kind = 'applied';
    await mesh.pass(6_000);
    expect(await mesh.inB()).toEqual(['a']);
  });

  it('lets no peer into slot b before the guard lets its packets through', async () => {
    let open: () => unknown = () => undefined;
    const guardB: LeaseGuard = {
      ...createNoGuard(),
      apply: () =>
        new Promise((resolve) => {
          open = resolve;
        }),
    };
    const mesh = start({ guardB });
    await mesh.hear(config());
    await mesh.hear(config({ a: 'send' }));
    await mesh.pass(1_000);
    expect(await mesh.inB()).toEqual([]);
    open();
    await mesh.pass(250);
    expect(await mesh.inB()).toEqual(['a']);
  });
});
