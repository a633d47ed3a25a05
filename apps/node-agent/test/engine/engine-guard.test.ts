import { parseInterfaceName, type WgDeviceState } from '@mesh/wg';
import { createDryRunTunnel, type Tunnel, TunnelError } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import { config, LEASE_MS, NAMES, restarted, start } from '../support/engine-harness.ts';

/** A tunnel that counts how often somebody looks into the peers that it has read. */
function watchedTunnel() {
  const inner = createDryRunTunnel({
    interfaceName: parseInterfaceName('mesh0'),
    writeLine: () => undefined,
  });
  let looks = 0;
  const watched = (state: WgDeviceState): WgDeviceState => ({
    ...state,
    peers: new Proxy(state.peers, {
      get: (peers, property, receiver) => {
        looks += 1;
        return Reflect.get(peers, property, receiver);
      },
    }),
  });
  const tunnel: Tunnel = {
    ...inner,
    read: async () => watched(await inner.read()),
    up: async (wanted) => {
      const report = await inner.up(wanted);
      return { ...report, state: watched(report.state) };
    },
  };
  return { tunnel, looks: () => looks };
}

describe('the guard of an engine', () => {
  it('lets the peers of the config pass as long as the lease holds, and is called again at each renewal', async () => {
    const { engine, asked, clock, settle } = start();
    engine.heard(180, config(['a', 'b']));
    await settle();
    await clock.advance(20_000);
    engine.heard(180);
    await settle();
    expect(asked).toEqual(['10.9.0.1/32 10.9.0.2/32 for 180000', '10.9.0.1/32 10.9.0.2/32 for 180000']);
  });

  it('is called again at a renewal without a comparison of the peers', async () => {
    const { tunnel, looks } = watchedTunnel();
    const { engine, asked, clock, settle } = start({ tunnel });
    engine.heard(180, config(['a', 'b']));
    await settle();
    const [before, calls] = [looks(), asked.length];
    for (let renewals = 0; renewals < 3; renewals++) {
      await clock.advance(1_500);
      engine.heard(180);
      await settle();
    }
    expect([looks() - before, asked.length - calls]).toEqual([0, 3]);
    // Positive control: a new config is compared with the interface.
    engine.heard(180, config(['a', 'b']));
    await settle();
    expect(looks()).toBeGreaterThan(before);
  });

  it('gets the lease with what hold adds to it', async () => {
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

  it('is closed even if the tunnel fails to remove the peer', async () => {
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

  it('stays as an earlier run left it until the first config of this run', async () => {
    const second = await restarted();
    expect(second.asked).toEqual([]);
    second.engine.heard(180, config(NAMES));
    await second.settle();
    expect(second.asked).toEqual(['10.9.0.1/32 10.9.0.2/32 10.9.0.3/32 for 180000']);
  });
});
