// What every adapter of the tunnel port must do. `tunnel-contract.test.ts` runs it over all of them.
import {
  parseCidr,
  parseEndpoint,
  presharedKeyDigest,
  type WgDeviceState,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tunnel } from '../src/tunnel/tunnel.ts';
import { TunnelError } from '../src/tunnel/tunnel-error.ts';
import { makePeer, makePrivateKey, makePsk, makePublicKey, makeUp } from './tunnel-fixtures.ts';

export interface TunnelBench {
  /** An adapter on the bench's one interface; each call is like another start of the agent. */
  open(): Tunnel;
  close(): Promise<void>;
}

export function describeTunnelContract(adapter: string, createBench: () => Promise<TunnelBench>): void {
  describe(`tunnel contract: ${adapter}`, () => {
    let bench: TunnelBench;
    let tunnel: Tunnel;
    beforeEach(async () => {
      bench = await createBench();
      tunnel = bench.open();
    });
    afterEach(async () => {
      await bench.close();
    });

    describe('up', () => {
      it('creates the interface with key, port, addresses and routes', async () => {
        const wanted = makeUp();
        const report = await tunnel.up(wanted);
        expect(report).toMatchObject({
          kind: 'created',
          privateKeyReplaced: false,
          listenPortChanged: false,
          addressesAdded: wanted.addresses,
          routesAdded: wanted.routes,
        });
        expect(await tunnel.read()).toEqual({
          publicKey: wgPublicKeyFromPrivate(wanted.privateKey),
          listenPort: wanted.listenPort,
          peers: [],
        });
      });

      it('changes nothing when called again, peers included', async () => {
        const wanted = makeUp();
        await tunnel.up(wanted);
        await tunnel.addPeers([makePeer(1), makePeer(2)]);
        const before = await tunnel.read();
        expect(await tunnel.up(wanted)).toEqual({
          kind: 'adopted',
          privateKeyReplaced: false,
          listenPortChanged: false,
          addressesAdded: [],
          routesAdded: [],
          state: before,
        });
      });

      it('adopts the interface that an earlier agent left, peers included', async () => {
        const wanted = makeUp();
        await tunnel.up(wanted);
        await tunnel.addPeers([makePeer(1)]);
        const before = await tunnel.read();
        const report = await bench.open().up(wanted);
        expect(report).toMatchObject({ kind: 'adopted', privateKeyReplaced: false, state: before });
      });

      it('says so and sets it when the adopted interface has another private key', async () => {
        await tunnel.up(makeUp());
        await tunnel.addPeers([makePeer(1)]);
        const privateKey = makePrivateKey();
        const report = await bench.open().up(makeUp({ privateKey }));
        expect(report).toMatchObject({ kind: 'adopted', privateKeyReplaced: true });
        const state = await tunnel.read();
        expect(state.publicKey).toBe(wgPublicKeyFromPrivate(privateKey));
        expect(state.peers).toHaveLength(1);
      });

      it('adds what is missing and takes nothing away', async () => {
        const wanted = makeUp();
        await tunnel.up(wanted);
        const address = parseCidr('10.44.0.251/32');
        const route = parseCidr('10.45.0.0/16');
        const report = await tunnel.up({
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
        expect(await tunnel.up({ ...wanted, listenPort: 51_999 })).toMatchObject({
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
        await expectCode(tunnel.up(makeUp(overrides)), 'invalid_input');
        await expectCode(tunnel.read(), 'not_up');
      });
    });

    describe('where there is no interface', () => {
      it('every change rejects with not_up', async () => {
        const peer = makePeer(1);
        await expectCode(tunnel.read(), 'not_up');
        await expectCode(tunnel.addPeers([peer]), 'not_up');
        await expectCode(tunnel.setPresharedKeys([peer]), 'not_up');
        await expectCode(tunnel.removePeers([peer.publicKey]), 'not_up');
        await expectCode(tunnel.updatePeer({ publicKey: peer.publicKey, allowedIps: [] }), 'not_up');
      });

      it('down is fine', async () => {
        await tunnel.down();
      });
    });

    describe('peers', () => {
      it('are added with every setting and removed again', async () => {
        await tunnel.up(makeUp());
        const [a, b] = [makePeer(1), makePeer(2, { endpoint: parseEndpoint('[2001:db8::2]:51820') })];
        await tunnel.addPeers([a, b]);
        const state = await tunnel.read();
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
        await tunnel.removePeers([a.publicKey]);
        expect((await tunnel.read()).peers.map((peer) => peer.publicKey)).toEqual([b.publicKey]);
      });

      it('that are added again are brought to the new settings, but keep their endpoint', async () => {
        await tunnel.up(makeUp());
        const peer = makePeer(1);
        await tunnel.addPeers([peer]);
        const again = {
          ...makePeer(3),
          publicKey: peer.publicKey,
          persistentKeepaliveSeconds: 7,
          endpoint: parseEndpoint('203.0.113.9:9'),
        };
        await tunnel.addPeers([again, makePeer(4)]);
        const state = await tunnel.read();
        expect(state.peers).toHaveLength(2);
        expect(peerOf(state, peer.publicKey)).toMatchObject({
          endpoint: peer.endpoint,
          presharedKeyDigest: presharedKeyDigest(again.presharedKey),
          persistentKeepaliveSeconds: 7,
        });
        expect(new Set(peerOf(state, peer.publicKey)?.allowedIps)).toEqual(new Set(again.allowedIps));
      });

      it('that are not there are removed without complaint, together with one that is', async () => {
        await tunnel.up(makeUp());
        const peer = makePeer(1);
        await tunnel.addPeers([peer]);
        await tunnel.removePeers([makePublicKey(), peer.publicKey]);
        await tunnel.removePeers([peer.publicKey]);
        expect((await tunnel.read()).peers).toEqual([]);
      });

      it('may not take an allowed IP from another peer, not even in a batch', async () => {
        await tunnel.up(makeUp());
        const [holder, thief, bystander] = [makePeer(1), makePeer(1), makePeer(3)];
        await tunnel.addPeers([holder]);
        const before = await tunnel.read();
        await expectCode(tunnel.addPeers([bystander, thief]), 'allowed_ip_taken');
        await expectCode(tunnel.addPeers([makePeer(5), makePeer(5)]), 'invalid_input');
        expect(await tunnel.read()).toEqual(before);
      });

      it('change endpoint or allowed IPs one by one, and nothing else of them', async () => {
        await tunnel.up(makeUp());
        const peer = makePeer(1);
        await tunnel.addPeers([peer]);
        const endpoint = parseEndpoint('203.0.113.7:4242');
        await tunnel.updatePeer({ publicKey: peer.publicKey, endpoint });
        const allowedIps = [parseCidr('10.44.7.0/24')];
        await tunnel.updatePeer({ publicKey: peer.publicKey, allowedIps });
        expect((await tunnel.read()).peers).toMatchObject([
          {
            endpoint,
            allowedIps,
            presharedKeyDigest: presharedKeyDigest(peer.presharedKey),
            persistentKeepaliveSeconds: 25,
          },
        ]);
        await tunnel.updatePeer({ publicKey: peer.publicKey, allowedIps: [] });
        expect((await tunnel.read()).peers).toMatchObject([{ allowedIps: [] }]);
      });

      it('that are unknown are refused by updatePeer and not created', async () => {
        await tunnel.up(makeUp());
        await expectCode(
          tunnel.updatePeer({ publicKey: makePublicKey(), allowedIps: [parseCidr('10.44.0.1/32')] }),
          'unknown_peer',
        );
        expect((await tunnel.read()).peers).toEqual([]);
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
        await tunnel.up(makeUp());
        await expectCode(tunnel.addPeers([makePeer(1), makePeer(2, overrides)]), 'invalid_input');
        expect((await tunnel.read()).peers).toEqual([]);
      });
    });

    describe('setPresharedKeys', () => {
      it('changes the keys and nothing else', async () => {
        await tunnel.up(makeUp());
        const peers = [makePeer(1), makePeer(2), makePeer(3)];
        await tunnel.addPeers(peers);
        const before = await tunnel.read();
        const changes = peers.slice(0, 2).map(({ publicKey }) => ({ publicKey, presharedKey: makePsk() }));
        await tunnel.setPresharedKeys(changes);
        const after = await tunnel.read();
        for (const { publicKey, presharedKey } of changes) {
          expect(peerOf(after, publicKey)?.presharedKeyDigest).toBe(presharedKeyDigest(presharedKey));
        }
        expect(withoutDigests(after)).toEqual(withoutDigests(before));
        const third = peers[2]?.publicKey;
        expect(peerOf(after, third)).toEqual(peerOf(before, third));
      });

      it('refuses an unknown peer, creates none and leaves the others as they were', async () => {
        await tunnel.up(makeUp());
        const peer = makePeer(1);
        await tunnel.addPeers([peer]);
        const before = await tunnel.read();
        await expectCode(
          tunnel.setPresharedKeys([
            { publicKey: peer.publicKey, presharedKey: makePsk() },
            { publicKey: makePublicKey(), presharedKey: makePsk() },
          ]),
          'unknown_peer',
        );
        expect(await tunnel.read()).toEqual(before);
      });

      it('does not bring back a peer that was removed', async () => {
        await tunnel.up(makeUp());
        const peer = makePeer(1);
        await tunnel.addPeers([peer]);
        const removal = tunnel.removePeers([peer.publicKey]);
        // Called before the removal has ended, as a rotation can be.
        await expectCode(tunnel.setPresharedKeys([peer]), 'unknown_peer');
        await removal;
        expect((await tunnel.read()).peers).toEqual([]);
      });

      it('refuses a peer that is named twice', async () => {
        await tunnel.up(makeUp());
        const peer = makePeer(1);
        await tunnel.addPeers([peer]);
        await expectCode(
          tunnel.setPresharedKeys([peer, { ...peer, presharedKey: makePsk() }]),
          'invalid_input',
        );
      });

      it('accepts an empty list', async () => {
        await tunnel.setPresharedKeys([]);
      });
    });

    it('calls run in the order in which they were made', async () => {
      const peer = makePeer(1);
      const calls = [
        tunnel.up(makeUp()),
        tunnel.addPeers([peer]),
        tunnel.removePeers([peer.publicKey]),
        tunnel.addPeers([makePeer(1)]),
      ];
      await Promise.all(calls);
      expect((await tunnel.read()).peers).toHaveLength(1);
    });

    it('a call that fails does not stop the next', async () => {
      const failing = tunnel.addPeers([makePeer(1)]);
      const next = tunnel.up(makeUp());
      await expectCode(failing, 'not_up');
      expect((await next).kind).toBe('created');
    });

    it('down ends the interface, twice is fine, and up makes a new one', async () => {
      await tunnel.up(makeUp());
      await tunnel.addPeers([makePeer(1)]);
      await tunnel.down();
      await tunnel.down();
      await expectCode(tunnel.read(), 'not_up');
      expect(await tunnel.up(makeUp())).toMatchObject({ kind: 'created', state: { peers: [] } });
    });

    it('no error and no state shows a key that was put in', async () => {
      const wanted = makeUp();
      await tunnel.up(wanted);
      const [peer, stranger] = [makePeer(1), makePeer(1)];
      await tunnel.addPeers([peer]);
      const attempts = await Promise.allSettled([
        tunnel.addPeers([stranger]),
        tunnel.setPresharedKeys([stranger]),
        tunnel.setPresharedKeys([{ ...peer, presharedKey: `${peer.presharedKey}x` as never }]),
        tunnel.setPresharedKeys([peer, peer]),
        tunnel.up({ ...wanted, privateKey: `${wanted.privateKey}x` as never }),
      ]);
      expect(attempts.map((attempt) => attempt.status)).toEqual(new Array(5).fill('rejected'));
      const errors = attempts.map((attempt) => (attempt.status === 'rejected' ? attempt.reason : undefined));
      const shown = [...errors.map(everythingOf), JSON.stringify(await tunnel.read())].join('\n');
      const secrets = [wanted.privateKey, peer.presharedKey, stranger.presharedKey];
      expect(secrets.flatMap((secret) => findSecret(shown, secret))).toEqual([]);
      // The search finds a key where there is one.
      expect(findSecret(`${shown}${peer.presharedKey}`, peer.presharedKey)).not.toEqual([]);
    });
  });
}

export async function expectCode(promise: Promise<unknown>, code: TunnelError['code']): Promise<TunnelError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TunnelError);
  expect((error as TunnelError).code, (error as TunnelError).message).toBe(code);
  return error as TunnelError;
}

/** The spellings under which a key, or a good part of it, occurs in a text. */
export function findSecret(text: string, base64: string): string[] {
  const hex = Buffer.from(base64, 'base64').toString('hex');
  return [base64.slice(0, 20), base64.slice(20, 40), hex.slice(0, 24), hex.slice(24, 48)].filter((part) =>
    text.includes(part),
  );
}

export function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n');
}

export function peerOf(state: WgDeviceState, publicKey: string | undefined) {
  return state.peers.find((peer) => peer.publicKey === publicKey);
}

function withoutDigests(state: WgDeviceState) {
  return state.peers.map(({ presharedKeyDigest: _, ...peer }) => peer);
}
