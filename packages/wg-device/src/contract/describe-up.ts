// How every adapter of the tunnel port must bring an interface up.

import { parseCidr, wgPublicKeyFromPrivate } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import type { TunnelUnderTest } from './describe-contract.ts';
import { expectCode } from './expect-tunnel-error.ts';
import { makePeer, makePrivateKey, makeUp, NOTHING_CHANGED } from './samples.ts';

export function describeUp({ tunnel, reopen }: TunnelUnderTest): void {
  describe('up', () => {
    it('creates the interface with key, port, addresses and routes', async () => {
      const wanted = makeUp();
      const report = await tunnel().up(wanted);
      expect(report).toMatchObject({
        kind: 'created',
        privateKeyReplaced: false,
        listenPortChanged: false,
        addressesAdded: wanted.addresses,
        routesAdded: wanted.routes,
      });
      expect(await tunnel().read()).toEqual({
        publicKey: wgPublicKeyFromPrivate(wanted.privateKey),
        listenPort: wanted.listenPort,
        peers: [],
      });
    });

    it('changes nothing when called again, peers included', async () => {
      const wanted = makeUp();
      await tunnel().up(wanted);
      await tunnel().addPeers([makePeer(1), makePeer(2)]);
      const before = await tunnel().read();
      expect(await tunnel().up(wanted)).toEqual({ ...NOTHING_CHANGED, state: before });
    });

    it('adopts the interface that an earlier process left, peers included', async () => {
      const wanted = makeUp();
      await tunnel().up(wanted);
      await tunnel().addPeers([makePeer(1)]);
      const before = await tunnel().read();
      const report = await reopen().up(wanted);
      expect(report).toMatchObject({ kind: 'adopted', privateKeyReplaced: false, state: before });
    });

    it('replaces the private key of an adopted interface that has another one, and reports it', async () => {
      await tunnel().up(makeUp());
      await tunnel().addPeers([makePeer(1)]);
      const privateKey = makePrivateKey();
      const report = await reopen().up(makeUp({ privateKey }));
      expect(report).toMatchObject({ kind: 'adopted', privateKeyReplaced: true });
      const state = await tunnel().read();
      expect(state.publicKey).toBe(wgPublicKeyFromPrivate(privateKey));
      expect(state.peers).toHaveLength(1);
    });

    it('adds what is missing and takes nothing away', async () => {
      const wanted = makeUp();
      await tunnel().up(wanted);
      const address = parseCidr('10.44.0.251/32');
      const route = parseCidr('10.45.0.0/16');
      const report = await tunnel().up({
        ...wanted,
        listenPort: 51_999,
        addresses: [address],
        routes: [route],
      });
      expect(report).toMatchObject({
        listenPortChanged: true,
        addressesAdded: [address],
        routesAdded: [route],
      });
      expect(await tunnel().up({ ...wanted, listenPort: 51_999 })).toMatchObject({
        addressesAdded: [],
        routesAdded: [],
      });
    });

    it.each([
      ['a private key with a line break', { privateKey: `${'A'.repeat(42)}\n=` as never }],
      ['port 0', { listenPort: 0 }],
      ['port 65536', { listenPort: 65_536 }],
      ['a port that is text', { listenPort: '51820; reboot' as never }],
      ['an MTU of 1279 with IPv6', { mtu: 1279 }],
      ['an MTU of NaN', { mtu: Number.NaN }],
      ['a block as address', { addresses: [parseCidr('10.44.0.0/16')] }],
      ['an address that is an option', { addresses: ['--help' as never] }],
      ['an address with a second line', { addresses: ['10.44.0.1/32\nlink delete dev lo' as never] }],
      ['a route with a second line', { routes: ['10.44.0.0/16\nlink delete dev lo' as never] }],
      ['the same address twice', { addresses: [parseCidr('10.44.0.1/32'), parseCidr('10.44.0.1/32')] }],
    ])('refuses %s and creates nothing', async (_, overrides) => {
      await expectCode(tunnel().up(makeUp(overrides)), 'invalid_input');
      await expectCode(tunnel().read(), 'not_up');
    });
  });
}
