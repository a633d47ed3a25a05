import { TunnelError } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import { config, NAMES, start } from '../support/engine-harness.ts';
import { keySet, publicKeyOf } from '../support/plan-fixtures.ts';

const taken = new TunnelError('interface_taken', 'mesh0 belongs to somebody else');

describe('an engine whose tunnel fails', () => {
  it('reports once what fails and since when, however often it is tried again', async () => {
    const { engine, clock, settle, events, changes, before } = start();
    before.up = () => {
      throw taken;
    };
    const sinceMs = clock.nowMs();
    engine.heard(600, config(NAMES));
    await settle();
    await clock.advance(60_000);
    expect(engine.snapshot()).toMatchObject({
      interfaceUp: false,
      trouble: { sinceMs, code: 'interface_taken', message: taken.message },
    });
    expect(events.filter(({ type }) => type === 'tunnel_failed')).toEqual([
      { type: 'tunnel_failed', part: 'interface', code: 'interface_taken', message: taken.message },
    ]);
    expect(changes).toEqual(['interface_taken']);
  });

  it('reports a new reason, with the original beginning, and reports the end', async () => {
    const { engine, clock, settle, events, changes, before, peers } = start();
    before.up = () => {
      throw taken;
    };
    engine.heard(600, config(NAMES));
    await settle();
    const sinceMs = engine.snapshot().trouble?.sinceMs;
    before.up = () => {
      throw new TunnelError('route_conflict', 'eth1 has the route');
    };
    await clock.advance(10_000);
    expect(engine.snapshot().trouble).toEqual({
      sinceMs,
      code: 'route_conflict',
      message: 'eth1 has the route',
    });
    delete before.up;
    await clock.advance(10_000);
    expect(engine.snapshot()).toMatchObject({ interfaceUp: true, trouble: undefined });
    expect(await peers()).toEqual(NAMES);
    expect(changes).toEqual(['interface_taken', 'route_conflict', undefined]);
    const recovered = events.find((event) => event.type === 'tunnel_recovered');
    expect(recovered).toMatchObject({ part: 'interface', code: 'route_conflict' });
    expect(recovered?.forMs).toBeGreaterThanOrEqual(10_000);
  });

  it('has a trouble from the failed check to the next successful one, whatever else succeeds in between', async () => {
    const { engine, clock, settle, before } = start();
    engine.heard(600, config(NAMES));
    await settle();
    before.up = () => {
      throw taken;
    };
    await clock.advance(30_000);
    await settle();
    engine.heard(600, config(['a']));
    await settle();
    expect(engine.snapshot()).toMatchObject({ interfaceUp: true, trouble: { code: 'interface_taken' } });
    delete before.up;
    await clock.advance(30_000);
    await settle();
    expect(engine.snapshot().trouble).toBeUndefined();
  });

  it('distinguishes a peer that cannot be set from the tunnel, which works for the others', async () => {
    const { engine, clock, settle, changes, before } = start();
    before.addPeers = (added) => {
      if (added.some((peer) => peer.publicKey === publicKeyOf('b')))
        throw new TunnelError('allowed_ip_taken', 'peer c has it');
    };
    engine.heard(600, config(NAMES));
    await clock.advance(2_000);
    await settle();
    const sinceMs = engine.snapshot().failingPeers.get(publicKeyOf('b'))?.sinceMs;
    expect(engine.snapshot().trouble).toBeUndefined();
    // The next tries fail as well.
    await clock.advance(25_000);
    await settle();
    const { failingPeers, trouble } = engine.snapshot();
    expect([...failingPeers]).toEqual([
      [publicKeyOf('b'), { sinceMs, code: 'allowed_ip_taken', message: 'peer c has it' }],
    ]);
    expect(trouble).toBeUndefined();
    expect(changes.at(-1)).toBeUndefined();
    delete before.addPeers;
    await clock.advance(12_000);
    await settle();
    expect(engine.snapshot().failingPeers.size).toBe(0);
  });

  it('reports peers that cannot be set when they begin to fail, and not with every try', async () => {
    const { engine, clock, settle, changes, before, events } = start();
    before.addPeers = (added) => {
      if (added.some((peer) => peer.publicKey !== publicKeyOf('a')))
        throw new TunnelError('allowed_ip_taken', 'somebody has it');
    };
    engine.heard(600, config(NAMES));
    await clock.advance(2_000);
    await settle();
    expect(engine.snapshot().failingPeers.size).toBe(2);
    const said = [...changes];
    const recorded = events.length;
    for (let tries = 0; tries < 6; tries++) {
      await clock.advance(10_000);
      await settle();
    }
    expect(changes).toEqual(said);
    expect(events.slice(recorded)).toEqual([]);
    before.addPeers = () => {
      throw new TunnelError('apply_failed', 'no memory');
    };
    await clock.advance(12_000);
    await settle();
    expect(changes).toEqual([...said, 'apply_failed', undefined]);
  });

  it('has a trouble if none of several peers can be set, until one can', async () => {
    const { engine, clock, settle, changes, before } = start();
    before.addPeers = () => {
      throw new TunnelError('apply_failed', 'the device refuses');
    };
    engine.heard(600, config(NAMES));
    await clock.advance(15_000);
    await settle();
    expect(engine.snapshot().failingPeers.size).toBe(NAMES.length);
    const { trouble } = engine.snapshot();
    expect(trouble).toMatchObject({
      code: 'apply_failed',
      message: expect.stringContaining('none of 3 peers'),
    });
    before.addPeers = (added) => {
      if (added.some((peer) => peer.publicKey !== publicKeyOf('b')))
        throw new TunnelError('apply_failed', 'the device refuses');
    };
    await clock.advance(30_000);
    await settle();
    expect(engine.snapshot().trouble).toBeUndefined();
    expect(changes).toEqual(['apply_failed', undefined]);
  });

  it('has no trouble because of its only peer', async () => {
    const { engine, clock, settle, before } = start();
    before.addPeers = () => {
      throw new TunnelError('apply_failed', 'the device refuses');
    };
    engine.heard(600, config(['a']));
    await clock.advance(15_000);
    await settle();
    expect(engine.snapshot().failingPeers.size).toBe(1);
    expect(engine.snapshot().trouble).toBeUndefined();
  });

  it('reports nothing new if only the wording changes', async () => {
    const { engine, clock, settle, events, before } = start();
    let tries = 0;
    before.up = () => {
      throw new TunnelError('timeout', `no answer after try ${++tries}`);
    };
    engine.heard(600, config(NAMES));
    await settle();
    await clock.advance(60_000);
    expect(events.filter(({ type }) => type === 'tunnel_failed')).toHaveLength(1);
    expect(engine.snapshot().trouble?.message).toBe(`no answer after try ${tries}`);
  });

  it('forgets a peer that could not be set when the config no longer names it', async () => {
    const { engine, clock, settle, before } = start();
    engine.heard(600, config(NAMES));
    await settle();
    before.setPresharedKeys = () => Promise.reject(new TunnelError('apply_failed', 'no'));
    engine.heard(600, config(NAMES, { keySets: [keySet(9, NAMES)] }));
    await clock.advance(5_000);
    expect(engine.snapshot().failingPeers.size).toBe(NAMES.length);
    engine.heard(600, config(['a'], { keySets: [keySet(9, NAMES)] }));
    await settle();
    expect([...engine.snapshot().failingPeers.keys()]).toEqual([publicKeyOf('a')]);
  });
});
