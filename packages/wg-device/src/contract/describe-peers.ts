// What every adapter of the tunnel port must do with peers.

import { parseCidr, parseEndpoint, presharedKeyDigest } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import type { TunnelUnderTest } from './describe-contract.ts';
import { expectCode } from './expect-tunnel-error.ts';
import { makePeer, makePublicKey, makeUp, peerOf } from './samples.ts';

export function describePeers({ tunnel }: TunnelUnderTest): void {
  describe('peers', () => {
    it('are added with every setting and removed again', async () => {
      await tunnel().up(makeUp());
      const [a, b] = [makePeer(1), makePeer(2, { endpoint: parseEndpoint('[2001:db8::2]:51820') })];
      await tunnel().addPeers([a, b]);
      const state = await tunnel().read();
      expect(state.peers).toHaveLength(2);
      for (const peer of [a, b]) {
        const found = peerOf(state, peer.publicKey);
        expect(found).toMatchObject({
          endpoint: peer.endpoint,
          presharedKeyDigest: presharedKeyDigest(peer.presharedKey),
          persistentKeepaliveSeconds: 25,
        });
        expect([...(found?.allowedIps ?? [])].sort()).toEqual([...peer.allowedIps].sort());
      }
      await tunnel().removePeers([a.publicKey]);
      expect((await tunnel().read()).peers.map((peer) => peer.publicKey)).toEqual([b.publicKey]);
    });

    it('that are added again are brought to the new settings, but keep their endpoint', async () => {
      await tunnel().up(makeUp());
      const peer = makePeer(1);
      await tunnel().addPeers([peer]);
      const again = {
        ...makePeer(3),
        publicKey: peer.publicKey,
        persistentKeepaliveSeconds: 7,
        endpoint: parseEndpoint('203.0.113.9:9'),
      };
      await tunnel().addPeers([again, makePeer(4)]);
      const state = await tunnel().read();
      expect(state.peers).toHaveLength(2);
      expect(peerOf(state, peer.publicKey)).toMatchObject({
        endpoint: peer.endpoint,
        presharedKeyDigest: presharedKeyDigest(again.presharedKey),
        persistentKeepaliveSeconds: 7,
      });
      expect(new Set(peerOf(state, peer.publicKey)?.allowedIps)).toEqual(new Set(again.allowedIps));
    });

    it('that are not there are removed without complaint, together with one that is', async () => {
      await tunnel().up(makeUp());
      const peer = makePeer(1);
      await tunnel().addPeers([peer]);
      await tunnel().removePeers([makePublicKey(), peer.publicKey]);
      await tunnel().removePeers([peer.publicKey]);
      expect((await tunnel().read()).peers).toEqual([]);
    });

    it('may not take an allowed IP from another peer, not even in a batch', async () => {
      await tunnel().up(makeUp());
      const [holder, thief, bystander] = [makePeer(1), makePeer(1), makePeer(3)];
      await tunnel().addPeers([holder]);
      const before = await tunnel().read();
      await expectCode(tunnel().addPeers([bystander, thief]), 'allowed_ip_taken');
      await expectCode(tunnel().addPeers([makePeer(5), makePeer(5)]), 'invalid_input');
      expect(await tunnel().read()).toEqual(before);
    });

    it('change endpoint or allowed IPs one by one, and nothing else of them', async () => {
      await tunnel().up(makeUp());
      const peer = makePeer(1);
      await tunnel().addPeers([peer]);
      const endpoint = parseEndpoint('203.0.113.7:4242');
      await tunnel().updatePeer({ publicKey: peer.publicKey, endpoint });
      const allowedIps = [parseCidr('10.44.7.0/24')];
      await tunnel().updatePeer({ publicKey: peer.publicKey, allowedIps });
      expect((await tunnel().read()).peers).toMatchObject([
        {
          endpoint,
          allowedIps,
          presharedKeyDigest: presharedKeyDigest(peer.presharedKey),
          persistentKeepaliveSeconds: 25,
        },
      ]);
      await tunnel().updatePeer({ publicKey: peer.publicKey, allowedIps: [] });
      expect((await tunnel().read()).peers).toMatchObject([{ allowedIps: [] }]);
    });

    it('that are unknown are refused by updatePeer and not created', async () => {
      await tunnel().up(makeUp());
      await expectCode(
        tunnel().updatePeer({ publicKey: makePublicKey(), allowedIps: [parseCidr('10.44.0.1/32')] }),
        'unknown_peer',
      );
      expect((await tunnel().read()).peers).toEqual([]);
    });

    it.each([
      ['a public key with a second line', { publicKey: 'x\nremove=true' as never }],
      ['a public key of zeros', { publicKey: `${'A'.repeat(43)}=` as never }],
      ['a preshared key of zeros', { presharedKey: `${'A'.repeat(43)}=` as never }],
      ['an endpoint with a name', { endpoint: { host: 'example.org' as never, port: 1 } }],
      ['an endpoint with a second line', { endpoint: { host: '192.0.2.1\npeer' as never, port: 1 } }],
      ['an endpoint with port 0', { endpoint: { host: '192.0.2.1' as never, port: 0 } }],
      ['an allowed IP with a second line', { allowedIps: ['10.0.0.0/8\nreplace_peers=true' as never] }],
      ['an allowed IP that is a keyword', { allowedIps: ['remove' as never] }],
      ['an allowed IP in another spelling', { allowedIps: ['10.44.0.9/16' as never] }],
      ['a negative keepalive', { persistentKeepaliveSeconds: -1 }],
      ['a keepalive of 65536', { persistentKeepaliveSeconds: 65_536 }],
    ])('with %s are refused, and the good one next to them is not added', async (_, overrides) => {
      await tunnel().up(makeUp());
      await expectCode(tunnel().addPeers([makePeer(1), makePeer(2, overrides)]), 'invalid_input');
      expect((await tunnel().read()).peers).toEqual([]);
    });
  });
}
