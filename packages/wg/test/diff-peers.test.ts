import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CurrentPeer,
  diffPeers,
  type Endpoint,
  parseCidr,
  parseEndpoint,
  parseUapiGet,
  presharedKeyDigest,
  renderUapiSet,
  uapiSetOfDiff,
  type WgPeer,
  wgKeyFromBytes,
} from '../src/index.ts';
import { peerLists } from './arbitraries.ts';
import { expectWgError } from './expect-wg-error.ts';
import { fixture } from './fixture.ts';

const publicKey = (seed: number) => wgKeyFromBytes('public', new Uint8Array(32).fill(seed));
const psk = (seed: number) => wgKeyFromBytes('preshared', new Uint8Array(32).fill(seed));
const here = parseEndpoint('192.0.2.1:51820');
const there = parseEndpoint('198.51.100.9:4242');
const peer: WgPeer = {
  publicKey: publicKey(5),
  presharedKey: psk(1),
  endpoint: here,
  allowedIps: [parseCidr('10.9.0.5/32'), parseCidr('fd00:9::5/128')],
  persistentKeepaliveSeconds: 25,
};
const nothing = { remove: [], add: [], update: [] };

/** The peers of a device after the diff. */
function apply(current: readonly WgPeer[], diff: ReturnType<typeof diffPeers>): WgPeer[] {
  const peers = new Map(current.map((found) => [found.publicKey, found]));
  for (const key of diff.remove) peers.delete(key);
  for (const { publicKey: key, presharedKey, persistentKeepaliveSeconds, ...rest } of diff.update) {
    const next: Record<string, unknown> = { ...peers.get(key), ...rest };
    if (presharedKey === null) delete next.presharedKey;
    else if (presharedKey !== undefined) next.presharedKey = presharedKey;
    if (persistentKeepaliveSeconds === 0) delete next.persistentKeepaliveSeconds;
    else if (persistentKeepaliveSeconds !== undefined)
      next.persistentKeepaliveSeconds = persistentKeepaliveSeconds;
    peers.set(key, next as unknown as WgPeer);
  }
  for (const added of diff.add) peers.set(added.publicKey, added);
  return [...peers.values()];
}

describe('the difference between peers', () => {
  it('is nothing between equal lists in any order, of peers and of ranges', () => {
    fc.assert(
      fc.property(peerLists, (peers) => {
        const shuffled = peers
          .toReversed()
          .map((one) => ({ ...one, allowedIps: one.allowedIps.toReversed() }));
        expect(diffPeers(peers, shuffled, { endpoints: 'enforce' })).toEqual(nothing);
      }),
    );
  });

  it('leads from any list to any other, and is then empty', () => {
    fc.assert(
      fc.property(peerLists, peerLists, fc.infiniteStream(fc.boolean()), (current, others, keep) => {
        // Half of the desired peers exist already, with other settings.
        const desired = others.map((other, at) => {
          const known = current[at];
          return known !== undefined && keep.next().value ? { ...other, publicKey: known.publicKey } : other;
        });
        const diff = diffPeers(current, desired, { endpoints: 'enforce' });
        expect(diffPeers(apply(current, diff), desired, { endpoints: 'enforce' })).toEqual(nothing);
        const touched = [
          ...diff.remove,
          ...diff.add.map((p) => p.publicKey),
          ...diff.update.map((p) => p.publicKey),
        ];
        expect(new Set(touched).size).toBe(touched.length);
      }),
    );
  });

  it('for another preshared key is one field of an update, never a removal and an addition', () => {
    expect(diffPeers([peer], [{ ...peer, presharedKey: psk(2) }])).toEqual({
      ...nothing,
      update: [{ publicKey: peer.publicKey, presharedKey: psk(2) }],
    });
  });

  it('removes a preshared key with null and a keepalive with 0', () => {
    const { presharedKey: _, persistentKeepaliveSeconds: __, ...bare } = peer;
    expect(diffPeers([peer], [bare]).update).toEqual([
      { publicKey: peer.publicKey, presharedKey: null, persistentKeepaliveSeconds: 0 },
    ]);
  });

  it.each<[string, Endpoint | undefined, Endpoint | undefined, boolean, boolean]>([
    ['the same', here, here, false, false],
    ['a learnt one', there, here, false, true],
    ['none known', undefined, here, true, true],
    ['none desired', there, undefined, false, false],
    ['the same address with a zone', { ...here, zone: 'eth0' } as Endpoint, here, false, true],
  ])('with endpoint: %s', (_what, found, wanted, changesByDefault, changesWhenEnforced) => {
    const { endpoint: _, ...rest } = peer;
    const current: CurrentPeer = found === undefined ? rest : { ...rest, endpoint: found };
    const desired: WgPeer = wanted === undefined ? rest : { ...rest, endpoint: wanted };
    expect(diffPeers([current], [desired]).update.length === 1).toBe(changesByDefault);
    expect(diffPeers([current], [desired], { endpoints: 'enforce' }).update.length === 1).toBe(
      changesWhenEnforced,
    );
  });

  it('sets an endpoint again if the desired one has changed since it was last set', () => {
    const roamed: CurrentPeer = { ...peer, endpoint: there };
    const changes = (lastSet: readonly [WgPeer['publicKey'], Endpoint][]) =>
      diffPeers([roamed], [peer], { endpoints: new Map(lastSet) }).update;
    expect(changes([])).toEqual([]);
    expect(changes([[peer.publicKey, here]])).toEqual([]);
    for (const before of [there, { ...here, port: here.port + 1 }])
      expect(changes([[peer.publicKey, before]])).toEqual([{ publicKey: peer.publicKey, endpoint: here }]);
    const { endpoint: _, ...silent } = peer;
    expect(diffPeers([silent], [peer], { endpoints: new Map([[peer.publicKey, here]]) }).update).toHaveLength(
      1,
    );
  });

  it('uses the given digest of a desired key, or computes it', () => {
    const { presharedKey: _, ...withoutKey } = peer;
    const device: CurrentPeer = { ...withoutKey, presharedKeyDigest: presharedKeyDigest(psk(1)) };
    expect(diffPeers([device], [{ ...peer, presharedKeyDigest: presharedKeyDigest(psk(1)) }])).toEqual(
      nothing,
    );
    expect(diffPeers([device], [{ ...peer, presharedKeyDigest: 'sha256:other' }]).update).toEqual([
      { publicKey: peer.publicKey, presharedKey: psk(1) },
    ]);
  });

  it('compares the digest in a device state with the desired key', () => {
    const state = parseUapiGet(fixture('initiator.get'));
    const held = state.peers[0];
    expect(held?.presharedKeyDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const { presharedKeyDigest: _, ...found } = peer as CurrentPeer;
    const { presharedKey: __, ...withoutKey } = found;
    const device: CurrentPeer = { ...withoutKey, presharedKeyDigest: presharedKeyDigest(psk(1)) };
    expect(diffPeers([device], [peer])).toEqual(nothing);
    expect(diffPeers([device], [{ ...peer, presharedKey: psk(2) }]).update).toHaveLength(1);
    expect(diffPeers([withoutKey], [peer]).update).toEqual([
      { publicKey: peer.publicKey, presharedKey: psk(1) },
    ]);
  });

  it('keeps the given order and removes what is not desired', () => {
    const of = (seed: number): WgPeer => ({ publicKey: publicKey(seed), allowedIps: [] });
    const diff = diffPeers([of(9), of(7), of(8)], [of(4), of(8), of(3)]);
    expect(diff.remove).toEqual([publicKey(9), publicKey(7)]);
    expect(diff.add.map((added) => added.publicKey)).toEqual([publicKey(4), publicKey(3)]);
    expect(diff.update).toEqual([]);
  });

  it('refuses lists that name a peer twice', () => {
    expectWgError(() => diffPeers([peer, peer], []), 'duplicate_peer');
    expectWgError(() => diffPeers([], [peer, peer]), 'duplicate_peer');
  });

  it('becomes a userspace-API set: removals, then update_only, then complete additions', () => {
    const gone: WgPeer = { publicKey: publicKey(9), allowedIps: [] };
    const fresh: WgPeer = { publicKey: publicKey(6), allowedIps: [parseCidr('10.9.0.6/32')] };
    const text = renderUapiSet(
      uapiSetOfDiff(diffPeers([gone, peer], [fresh, { ...peer, presharedKey: psk(2) }])),
    );
    expect(text).toBe(
      `set=1\npublic_key=${'09'.repeat(32)}\nremove=true\n` +
        `public_key=${'05'.repeat(32)}\nupdate_only=true\npreshared_key=${'02'.repeat(32)}\n` +
        `public_key=${'06'.repeat(32)}\npreshared_key=${'00'.repeat(32)}\npersistent_keepalive_interval=0\n` +
        'replace_allowed_ips=true\nallowed_ip=10.9.0.6/32\n\n',
    );
  });
});
