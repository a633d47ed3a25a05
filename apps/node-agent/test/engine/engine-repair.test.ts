import { encodeBase64 } from '@mesh/primitives';
import { parseAllowedIp, parseWgPrivateKey } from '@mesh/wg';
import type { NewPeer, TunnelUp } from '@mesh/wg-device';
import { TunnelError } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import type { AgentEvent, AlteredInterface } from '../../src/events/agent-events.ts';
import { config, NAMES, start } from '../support/engine-harness.ts';
import { heldPsk, keySet, publicKeyOf } from '../support/plan-fixtures.ts';

const STRANGER: NewPeer = {
  publicKey: publicKeyOf('x'),
  presharedKey: heldPsk(1, 'x').presharedKey,
  allowedIps: [parseAllowedIp('10.9.0.99')],
  persistentKeepaliveSeconds: 25,
};
const findingsIn = (events: readonly AgentEvent[]) =>
  events.flatMap((event) => (event.type === 'found_altered' ? [event.finding] : []));

describe('the engine, when somebody else has changed the interface', () => {
  it('finds a change by hand within one interval, reports it and corrects it', async () => {
    const { engine, tunnel, peers, clock, settle, events } = start();
    engine.heard(600, config(NAMES));
    await settle();
    await tunnel.removePeers([publicKeyOf('b')]);
    await tunnel.addPeers([STRANGER]);
    await clock.advance(30_000);
    expect(await peers()).toEqual(NAMES);
    expect(findingsIn(events)).toEqual([
      { kind: 'foreign_peer', publicKey: publicKeyOf('x') },
      { kind: 'missing_peer', publicKey: publicKeyOf('b') },
    ]);
  });

  it('also reports a foreign peer that it finds earlier, while setting the keys of a new epoch', async () => {
    const { engine, tunnel, peers, clock, settle, events } = start();
    engine.heard(
      600,
      config(NAMES, { keySets: [keySet(4, NAMES), keySet(5, NAMES, clock.nowMs() + 10_000)] }),
    );
    await settle();
    await tunnel.addPeers([STRANGER]);
    // The interval is not over yet.
    await clock.advance(11_000);
    expect(await peers()).toEqual(NAMES);
    await clock.advance(30_000);
    expect(findingsIn(events)).toEqual([{ kind: 'foreign_peer', publicKey: publicKeyOf('x') }]);
  });

  it('finds a wrong preshared key, and sets its own again', async () => {
    const { engine, tunnel, digest, clock, settle, events } = start();
    engine.heard(600, config(NAMES));
    await settle();
    const before = await digest('b');
    const { presharedKey } = heldPsk(1, 'x');
    await tunnel.setPresharedKeys([{ publicKey: publicKeyOf('b'), presharedKey }]);
    await clock.advance(30_000);
    expect(await digest('b')).toBe(before);
    expect(findingsIn(events)).toEqual([
      { kind: 'altered_peer', publicKey: publicKeyOf('b'), what: 'preshared_key' },
    ]);
  });

  it('finds a wrong key that the key of the next epoch is about to replace', async () => {
    const { engine, tunnel, digest, clock, settle, events } = start();
    engine.heard(
      600,
      config(NAMES, { keySets: [keySet(4, NAMES), keySet(5, NAMES, clock.nowMs() + 10_000)] }),
    );
    await settle();
    await clock.advance(9_900);
    const { presharedKey } = heldPsk(1, 'x');
    await tunnel.setPresharedKeys([{ publicKey: publicKeyOf('b'), presharedKey }]);
    await clock.advance(1_000);
    expect(await digest('b')).toBe(heldPsk(5, 'b').digest);
    expect(findingsIn(events)).toEqual([
      { kind: 'altered_peer', publicKey: publicKeyOf('b'), what: 'preshared_key' },
    ]);
  });

  it('does not report its own changes: keys of a new epoch, a peer that goes and comes back', async () => {
    const { engine, peers, clock, settle, events } = start();
    engine.heard(600, config(NAMES));
    await clock.advance(30_000);
    engine.heard(
      600,
      config(NAMES, { keySets: [keySet(4, NAMES), keySet(5, NAMES, clock.nowMs() + 20_000)] }),
    );
    await clock.advance(30_000);
    engine.heard(600, config(['a', 'c']));
    engine.heard(600, config(NAMES));
    await clock.advance(30_000);
    engine.heard(600, config(['a', 'c']));
    await clock.advance(30_000);
    engine.heard(600, config(NAMES));
    await clock.advance(60_000);
    expect(await peers()).toEqual(NAMES);
    await settle();
    expect(findingsIn(events)).toEqual([]);
  });

  it.each<[AlteredInterface['what'], Partial<TunnelUp>]>([
    ['private_key', { privateKey: parseWgPrivateKey(encodeBase64(new Uint8Array(32).fill(7))) }],
    ['listen_port', { listenPort: 51_999 }],
    ['mtu', { mtu: 1_300 }],
  ])('finds a changed %s, reports it and corrects it', async (what, altered) => {
    const { engine, tunnel, clock, settle, events, wantedUp } = start();
    engine.heard(600, config(NAMES));
    await settle();
    const before = await tunnel.read();
    await tunnel.up({ ...wantedUp(), ...altered });
    await clock.advance(30_000);
    expect(findingsIn(events)).toEqual([{ kind: 'altered_interface', what }]);
    expect(await tunnel.read()).toEqual(before);
    await clock.advance(60_000);
    expect(findingsIn(events)).toHaveLength(1);
  });

  it('still changes peers if the interface cannot be corrected', async () => {
    const { engine, digest, clock, settle, events, before } = start();
    engine.heard(600, config(NAMES));
    await settle();
    before.up = () => {
      throw new TunnelError('route_conflict', 'somebody else has the route');
    };
    await clock.advance(30_000);
    const old = await digest('b');
    engine.heard(600, config(NAMES, { keySets: [keySet(9, NAMES)] }));
    await settle();
    expect(await digest('b')).not.toBe(old);
    expect(events).toContainEqual(expect.objectContaining({ type: 'tunnel_failed', code: 'route_conflict' }));
  });

  it('creates an interface that was removed by hand again, with its peers', async () => {
    const { engine, tunnel, peers, clock, settle, events } = start();
    engine.heard(600, config(NAMES));
    await settle();
    await tunnel.down();
    await clock.advance(30_000);
    expect(await peers()).toEqual(NAMES);
    expect(events).toContainEqual({ type: 'found_altered', finding: { kind: 'interface_gone' } });
  });

  it('tries a failed peer again at once, because of a possible change by others, and then holds it back for a while', async () => {
    const { engine, tunnel, peers, clock, settle, before } = start();
    engine.heard(600, config(NAMES));
    await settle();
    const repairedAfterMs = async (failures: number) => {
      let left = failures;
      before.addPeers = () => {
        if (left-- > 0) throw new TunnelError('apply_failed', 'has other allowed IPs');
      };
      await tunnel.removePeers([publicKeyOf('b')]);
      for (let waitedMs = 0; ; waitedMs += 100) {
        if (left < 0 && (await peers()).includes('b')) return waitedMs;
        if (waitedMs > 60_000) throw new Error('it was never repaired');
        await clock.advance(100);
      }
    };
    const once = await repairedAfterMs(0);
    expect(once).toBeLessThanOrEqual(30_000);
    expect(await repairedAfterMs(1)).toBeLessThanOrEqual(30_000 + 500);
    const twice = await repairedAfterMs(2);
    expect(twice).toBeGreaterThan(10_000);
    expect(twice).toBeLessThanOrEqual(30_000 + 11_000);
  });

  it('does not let several bad peers keep the others out', async () => {
    const { engine, peers, clock, settle, before } = start();
    const bad = ['a', 'b', 'x'].map((name) => publicKeyOf(name));
    before.addPeers = (added) => {
      if (added.some(({ publicKey }) => bad.includes(publicKey)))
        throw new TunnelError('allowed_ip_taken', 'taken');
    };
    engine.heard(600, config(['a', 'b', 'x', 'c']));
    await clock.advance(9_000);
    await settle();
    expect(await peers()).toEqual(['c']);
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
});
