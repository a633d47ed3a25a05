import { createLogger, FakeClock } from '@mesh/host';
import { encodeBase64 } from '@mesh/primitives';
import { parseAllowedIp, parseInterfaceName, parseWgPrivateKey } from '@mesh/wg';
import { afterEach, describe, expect, it } from 'vitest';
import type { LeaseGuard } from '../src/guard/lease-guard.ts';
import { createNoGuard } from '../src/guard/no-guard.ts';
import { renewedLease } from '../src/lease/lease.ts';
import type { AgentEvent } from '../src/observe/agent-events.ts';
import type { HeldConfig } from '../src/plan/held-config.ts';
import { createDryRunTunnel } from '../src/tunnel/dry-run-tunnel.ts';
import type { NewPeer, Tunnel } from '../src/tunnel/tunnel.ts';
import { TunnelError } from '../src/tunnel/tunnel-error.ts';
import { TunnelEngine } from '../src/tunnel-engine.ts';
import { ControllerClock } from '../src/uplink/controller-clock.ts';
import { heldConfig, heldPeer, heldPsk, keySet, namesByRole, publicKeyOf } from './plan-fixtures.ts';

const NAMES = ['a', 'b', 'c'];
const LEASE_MS = 180_000;
const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

/** Its grain is coarser than the timers': what it says next is behind by so much, once. */
class CoarseClock extends ControllerClock {
  behindMs = 0;

  override nowMs(): number {
    const behindMs = this.behindMs;
    this.behindMs = 0;
    return super.nowMs() - behindMs;
  }
}

interface Harness {
  readonly clock: FakeClock;
  readonly coarse: CoarseClock;
  readonly engine: TunnelEngine;
  readonly tunnel: Tunnel;
  readonly calls: string[];
  /** What the guard was asked for, and after which call to the tunnel it was closed. */
  readonly asked: string[];
  readonly events: AgentEvent[];
  readonly peers: () => Promise<string[]>;
  readonly digest: (name: string) => Promise<string | undefined>;
  readonly settle: () => Promise<void>;
  /** Each is called before the tunnel's own; what it throws is what the call throws. */
  readonly before: {
    setPresharedKeys?: () => void | Promise<void>;
    addPeers?: (peers: readonly NewPeer[]) => void;
    removePeers?: () => void;
  };
}

/** An engine over the dry-run tunnel, whose state is real and in memory. */
function start(options: { leaseMs?: number; holdSeconds?: number; tunnel?: Tunnel } = {}): Harness {
  const clock = new FakeClock({ nowMs: 1_900_000_000_000 });
  const coarse = new CoarseClock(clock);
  const inner =
    options.tunnel ??
    createDryRunTunnel({ interfaceName: parseInterfaceName('mesh0'), writeLine: () => undefined });
  const calls: string[] = [];
  const before: Harness['before'] = {};
  const tunnel: Tunnel = {
    interfaceName: inner.interfaceName,
    up: (wanted) => inner.up(wanted),
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
  };
  const events: AgentEvent[] = [];
  const engine = new TunnelEngine(
    {
      privateKey: () => parseWgPrivateKey(encodeBase64(new Uint8Array(32).fill(9))),
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
      clock,
      timers: clock,
      controllerClock: coarse,
      record: (event) => events.push(event),
      epochApplied: () => undefined,
      logger: createLogger({ level: 'silent' }),
    },
  );
  const stop = new AbortController();
  stops.push(stop);
  engine.run(stop.signal);
  return {
    clock,
    coarse,
    engine,
    tunnel: inner,
    calls,
    asked,
    events,
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
    settle: async () => {
      for (let turn = 0; turn < 20; turn++) await clock.advance(0);
    },
  };
}

const config = (names: readonly string[], changes: Partial<HeldConfig> = {}) =>
  heldConfig(names, [keySet(4, names)], changes);

describe('the engine', () => {
  it('brings the interface up and adds the peers of the first config in one set', async () => {
    const { engine, calls, peers, settle, events } = start();
    engine.heard(180, config(NAMES));
    await settle();
    expect(await peers()).toEqual(NAMES);
    expect(calls).toEqual(['add 3']);
    expect(events.filter((event) => event.type === 'peer_added')).toHaveLength(3);
    expect(events).toContainEqual({ type: 'epoch_applied', epochId: 4 });
  });

  it('removes a peer on receipt, without a timer and without reading the interface first', async () => {
    const { engine, calls, peers, settle, clock } = start();
    engine.heard(180, config(NAMES));
    await settle();
    const beforeMs = clock.monotonicMs();
    engine.heard(180, config(['a', 'c']));
    await settle();
    expect(await peers()).toEqual(['a', 'c']);
    expect(clock.monotonicMs()).toBe(beforeMs);
    expect(calls).toEqual(['add 3', 'remove 1']);
  });

  it('removes everybody when denied', async () => {
    const { engine, peers, settle } = start();
    engine.heard(180, config(NAMES));
    await settle();
    engine.heard(180, config([], { allowed: false }));
    await settle();
    expect(await peers()).toEqual([]);
  });

  it('lets a removal that arrives during a set of keys wait for that call alone', async () => {
    const { engine, calls, peers, settle, before } = start();
    const held = config(NAMES);
    engine.heard(180, held);
    await settle();
    let finish: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => {
      finish = resolve;
    });
    before.setPresharedKeys = () => underWay;
    // New keys for everybody, and one more peer to add: two further calls are planned after this set.
    engine.heard(180, heldConfig([...NAMES, 'x'], [keySet(5, [...NAMES, 'x'])]));
    await settle();
    engine.heard(180, heldConfig(['a', 'c', 'x'], [keySet(5, ['a', 'c', 'x'])]));
    await settle();
    expect(calls).toEqual(['add 3', 'psk 3']);
    finish();
    await settle();
    expect(calls).toEqual(['add 3', 'psk 3', 'remove 1', 'add 1']);
    expect(await peers()).toEqual(['a', 'c', 'x']);
  });

  it('changes keys in two sets an epoch: as initiator at the boundary, as responder 200 ms later', async () => {
    const initiators = namesByRole('initiator', 3);
    const responders = namesByRole('responder', 3);
    const names = [...initiators, ...responders];
    const { engine, calls, digest, settle, clock } = start();
    const atMs = clock.nowMs() + 5_000;
    engine.heard(180, heldConfig(names, [keySet(4, names), keySet(5, names, atMs)]));
    await settle();
    await clock.advance(4_999);
    expect(calls).toEqual(['add 6']);
    await clock.advance(1);
    expect(calls).toEqual(['add 6', 'psk 3']);
    expect(await digest(initiators[0] ?? '')).toBe(heldPsk(5, initiators[0] ?? '').digest);
    expect(await digest(responders[0] ?? '')).toBe(heldPsk(4, responders[0] ?? '').digest);
    await clock.advance(199);
    expect(calls).toHaveLength(2);
    await clock.advance(1);
    expect(calls).toEqual(['add 6', 'psk 3', 'psk 3']);
    expect(await digest(responders[0] ?? '')).toBe(heldPsk(5, responders[0] ?? '').digest);
    await clock.advance(20_000);
    expect(calls).toHaveLength(3);
  });

  it('changes keys at once where their time comes between the plan and the nap that follows it', async () => {
    const names = [...namesByRole('initiator', 1), ...namesByRole('responder', 1)];
    const { engine, calls, coarse, settle, clock } = start();
    const atMs = clock.nowMs() + 500;
    engine.heard(180, heldConfig(names, [keySet(4, names), keySet(5, names, atMs)]));
    await settle();
    for (const [changed, instantMs] of [atMs, atMs + 200].entries()) {
      await clock.advance(instantMs - clock.nowMs() - 1);
      coarse.behindMs = 1;
      await clock.advance(1);
      expect(calls).toHaveLength(1 + changed);
      await clock.advance(2);
      expect(calls).toHaveLength(2 + changed);
    }
  });

  it('adds a peer that only the next epoch names at its boundary, not before', async () => {
    const [name = ''] = namesByRole('initiator', 1);
    const { engine, peers, clock, settle } = start();
    engine.heard(180, heldConfig([name], [keySet(4, []), keySet(5, [name], clock.nowMs() + 1_000)]));
    await settle();
    await clock.advance(999);
    expect(await peers()).toEqual([]);
    await clock.advance(1);
    expect(await peers()).toEqual([name]);
  });

  it('keeps the keys it finds while a controller that just started has none yet', async () => {
    const { engine, calls, digest, clock, settle } = start();
    engine.heard(180, config(NAMES));
    await settle();
    engine.heard(180, heldConfig(NAMES, []));
    await clock.advance(2_000);
    expect(calls).toEqual(['add 3']);
    expect(await digest('a')).toBe(heldPsk(4, 'a').digest);
  });

  it('removes all peers at the end of the lease, and not a moment before', async () => {
    const { engine, peers, clock, settle, events } = start();
    engine.heard(180, config(NAMES));
    await settle();
    await clock.advance(LEASE_MS - 1);
    expect(await peers()).toEqual(NAMES);
    await clock.advance(1);
    expect(await peers()).toEqual([]);
    expect(events).toContainEqual({ type: 'lease_ended' });
  });

  it('takes any answer as a renewal of the lease, one without a config too', async () => {
    const { engine, peers, clock } = start();
    engine.heard(180, config(NAMES));
    await clock.advance(LEASE_MS - 1);
    engine.heard(180);
    await clock.advance(LEASE_MS - 1);
    expect(await peers()).toEqual(NAMES);
  });

  it('counts a sleep of the machine into the lease', async () => {
    const { engine, peers, clock, settle } = start();
    engine.heard(180, config(NAMES));
    await settle();
    clock.suspend(LEASE_MS);
    await clock.advance(1_000);
    expect(await peers()).toEqual([]);
  });

  it('holds for as long as it was told beyond the lease, and no longer', async () => {
    const { engine, peers, clock } = start({ holdSeconds: 60 });
    engine.heard(180, config(NAMES));
    await clock.advance(LEASE_MS + 59_999);
    expect(await peers()).toEqual(NAMES);
    await clock.advance(1);
    expect(await peers()).toEqual([]);
  });

  it('adds the peers again when the controller comes back', async () => {
    const { engine, peers, clock, settle } = start();
    engine.heard(180, config(NAMES));
    await clock.advance(LEASE_MS);
    engine.heard(180);
    await settle();
    expect(await peers()).toEqual(NAMES);
  });

  it('restarted within the lease drops no peer and sets no key that is already there', async () => {
    const first = start();
    first.engine.heard(180, config(NAMES));
    await first.settle();
    stops.pop()?.abort();
    const second = start({ tunnel: first.tunnel, leaseMs: 60_000 });
    await second.settle();
    expect(await second.peers()).toEqual(NAMES);
    second.engine.heard(180, config(NAMES));
    await second.settle();
    expect(second.calls).toEqual([]);
    expect(second.events).toContainEqual({ type: 'interface_up', kind: 'adopted', peers: 3 });
  });

  it('restarted after the lease closes what it finds until it hears from the controller', async () => {
    const first = start();
    first.engine.heard(180, config(NAMES));
    await first.settle();
    stops.pop()?.abort();
    const second = start({ tunnel: first.tunnel });
    await second.settle();
    expect(await second.peers()).toEqual([]);
  });

  it('finds within one interval what somebody changed by hand, reports it and puts it right', async () => {
    const { engine, tunnel, peers, clock, settle, events } = start();
    engine.heard(600, config(NAMES));
    await settle();
    await tunnel.removePeers([publicKeyOf('b')]);
    await tunnel.addPeers([
      {
        publicKey: publicKeyOf('x'),
        presharedKey: heldPsk(1, 'x').presharedKey,
        allowedIps: [parseAllowedIp('10.9.0.99')],
        persistentKeepaliveSeconds: 25,
      },
    ]);
    await clock.advance(30_000);
    expect(await peers()).toEqual(NAMES);
    expect(events).toContainEqual({
      type: 'found_altered',
      finding: { kind: 'foreign_peer', publicKey: publicKeyOf('x') },
    });
  });

  it('makes an interface that was removed by hand again, with its peers', async () => {
    const { engine, tunnel, peers, clock, settle, events } = start();
    engine.heard(600, config(NAMES));
    await settle();
    await tunnel.down();
    await clock.advance(30_000);
    expect(await peers()).toEqual(NAMES);
    expect(events).toContainEqual({ type: 'found_altered', finding: { kind: 'interface_gone' } });
  });

  it('does not let one peer that cannot be added keep the others out', async () => {
    const { engine, peers, clock, settle, before, events } = start();
    before.addPeers = (added) => {
      if (added.some((peer) => peer.publicKey === publicKeyOf('b')))
        throw new TunnelError('allowed_ip_taken', 'taken');
    };
    engine.heard(180, config(NAMES));
    await clock.advance(2_000);
    await settle();
    expect(await peers()).toEqual(['a', 'c']);
    expect(events.some((event) => event.type === 'tunnel_failed')).toBe(true);
    delete before.addPeers;
    await clock.advance(12_000);
    expect(await peers()).toEqual(NAMES);
  });

  it('gives an endpoint that the config changed to the peer in place', async () => {
    const { engine, tunnel, calls, settle } = start();
    const held = config(['a']);
    engine.heard(180, held);
    await settle();
    const moved = { ...heldPeer('a'), endpoint: { ...heldPeer('a').endpoint, port: 4_444 } } as ReturnType<
      typeof heldPeer
    >;
    engine.heard(180, { ...held, peers: new Map([[moved.nodeId, moved]]) });
    await settle();
    expect(calls).toEqual(['add 1', 'update']);
    expect((await tunnel.read()).peers[0]?.endpoint?.port).toBe(4_444);
  });
});

describe('the guard', () => {
  it('lets through whom the config names for as long as the lease holds, and is asked again at each renewal', async () => {
    const { engine, asked, clock, settle } = start();
    engine.heard(180, config(['a', 'b']));
    await settle();
    await clock.advance(20_000);
    engine.heard(180);
    await settle();
    expect(asked).toEqual(['10.9.0.1/32 10.9.0.2/32 for 180000', '10.9.0.1/32 10.9.0.2/32 for 180000']);
  });

  it('is given what hold adds to the lease', async () => {
    const { engine, asked, settle } = start({ holdSeconds: 60 });
    engine.heard(180, config(['a']));
    await settle();
    expect(asked).toEqual(['10.9.0.1/32 for 240000']);
  });

  it('is closed to a removed peer right after the tunnel', async () => {
    const { engine, asked, settle } = start();
    engine.heard(180, config(NAMES));
    await settle();
    engine.heard(180, config(['a', 'c']));
    await settle();
    expect(asked.slice(1)).toEqual([
      'close 10.9.0.2/32 after remove 1',
      '10.9.0.1/32 10.9.0.3/32 for 180000',
    ]);
  });

  it('is closed even where the tunnel fails to remove the peer', async () => {
    const { engine, asked, settle, before } = start();
    engine.heard(180, config(NAMES));
    await settle();
    before.removePeers = () => {
      throw new TunnelError('timeout', 'no answer');
    };
    engine.heard(180, config(['a', 'c']));
    await settle();
    expect(asked[1]).toBe('close 10.9.0.2/32 after remove 1');
  });

  it('lets nobody through when the node is denied or the lease has ended', async () => {
    const { engine, asked, settle, clock } = start();
    engine.heard(180, config(NAMES));
    await settle();
    engine.heard(180, config([], { allowed: false }));
    await settle();
    expect(asked.at(-1)).toBe(' for 180000');
    engine.heard(180, config(NAMES));
    await settle();
    await clock.advance(LEASE_MS);
    expect(asked.at(-1)).toBe(' for 0');
  });

  it('keeps what an earlier run left until the first config of this one', async () => {
    const first = start();
    first.engine.heard(180, config(NAMES));
    await first.settle();
    stops.pop()?.abort();
    const second = start({ tunnel: first.tunnel, leaseMs: 60_000 });
    await second.settle();
    expect(second.asked).toEqual([]);
    second.engine.heard(180, config(NAMES));
    await second.settle();
    expect(second.asked).toEqual(['10.9.0.1/32 10.9.0.2/32 10.9.0.3/32 for 180000']);
  });
});

describe('a lease', () => {
  it('of an earlier run is counted on the boot clock', () => {
    expect(renewedLease(1_000, 180)).toEqual({ endsAtBootMs: 181_000 });
  });
});
