import { describe, expect, it } from 'vitest';
import { renewedLease } from '../../src/lease/lease.ts';
import { config, LEASE_MS, NAMES, restarted, start } from '../support/engine-harness.ts';

describe('the engine, when its lease is renewed or ends', () => {
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

  it('renews the lease with every answer, even a 304 without a config', async () => {
    const { engine, peers, clock } = start();
    engine.heard(180, config(NAMES));
    await clock.advance(LEASE_MS - 1);
    engine.heard(180);
    await clock.advance(LEASE_MS - 1);
    expect(await peers()).toEqual(NAMES);
  });

  it('counts the sleep of the machine as part of the lease', async () => {
    const { engine, peers, clock, settle } = start();
    engine.heard(180, config(NAMES));
    await settle();
    clock.suspend(LEASE_MS);
    await clock.advance(1_000);
    expect(await peers()).toEqual([]);
  });

  it('with hold, keeps the peers exactly as long as configured after the lease', async () => {
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

  it('restarted within the lease removes no peer and sets no key that is already set', async () => {
    const second = await restarted();
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
    first.end();
    const second = start({ tunnel: first.tunnel });
    await second.settle();
    expect(await second.peers()).toEqual([]);
  });
});

describe('a lease', () => {
  it('of an earlier run is counted on the boot clock', () => {
    expect(renewedLease(1_000, 180)).toEqual({ endsAtBootMs: 181_000 });
  });
});
