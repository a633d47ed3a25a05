import { parseAllowedIp } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import { TunnelError } from '../src/tunnel/tunnel-error.ts';
import { config, NAMES, start } from './engine-harness.ts';
import { heldPsk, publicKeyOf } from './plan-fixtures.ts';

describe('the engine, where the interface is not as it was left', () => {
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
});
