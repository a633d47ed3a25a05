// Finding the changes of others to the peers, by comparison with what the agent left.

import { type Cidr, parseAllowedIp, parseEndpoint } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import { LastWritten } from '../../src/engine/one-interface/last-written.ts';
import { findAltered } from '../../src/plan/find-altered.ts';
import type { FoundPeer } from '../../src/plan/reconcile.ts';
import { foundPeer, publicKeyOf } from '../support/plan-fixtures.ts';

const leftOf = (...peers: FoundPeer[]) => new Map(peers.map((peer) => [peer.publicKey, peer]));
const NOBODY = new Set<FoundPeer['publicKey']>();
const [A, B] = [foundPeer('a', 1), foundPeer('b', 2)];

describe('what somebody has altered', () => {
  it('is nothing if everything is as the agent left it, in any order', () => {
    expect(findAltered([B, A], leftOf(A, B), NOBODY)).toEqual([]);
  });

  it('is not an endpoint, which WireGuard learns by itself', () => {
    const roamed = { ...A, endpoint: parseEndpoint('192.0.2.99:4444') };
    expect(findAltered([roamed], leftOf(A), NOBODY)).toEqual([]);
  });

  it.each<[string, Partial<FoundPeer>]>([
    ['preshared_key', { presharedKeyDigest: 'sha256:another' }],
    ['preshared_key', { presharedKeyDigest: undefined as never }],
    ['allowed_ips', { allowedIps: [] as Cidr[] }],
    ['allowed_ips', { allowedIps: [...A.allowedIps, parseAllowedIp('10.99.0.1')] }],
    ['keepalive', { persistentKeepaliveSeconds: 7 }],
  ])('is a changed %s', (what, change) => {
    expect(findAltered([{ ...A, ...change }], leftOf(A), NOBODY)).toEqual([
      { kind: 'altered_peer', publicKey: A.publicKey, what },
    ]);
  });

  it('is a peer that is gone or that no config ever named, but not one that the agent still has to remove', () => {
    const found = [foundPeer('x', 24), foundPeer('c', 3)];
    expect(findAltered(found, leftOf(A), new Set([publicKeyOf('c')]))).toEqual([
      { kind: 'foreign_peer', publicKey: publicKeyOf('x') },
      { kind: 'missing_peer', publicKey: A.publicKey },
    ]);
  });
});

describe('what the agent left', () => {
  it('is compared once, and again after it was settled again', () => {
    const left = new LastWritten();
    left.settled([A, B]);
    expect(left.compare([B], NOBODY)).toEqual([{ kind: 'missing_peer', publicKey: A.publicKey }]);
    expect(left.compare([B], NOBODY)).toEqual([]);
    left.settled([A, B]);
    expect(left.compare([B], NOBODY)).toHaveLength(1);
  });

  it('is not reported if the agent itself changes it or gives its address to another peer', () => {
    const left = new LastWritten();
    left.settled([A, B]);
    left.touch([{ publicKey: A.publicKey, allowedIps: B.allowedIps }]);
    expect(
      left.compare(
        [
          { ...A, allowedIps: B.allowedIps },
          { ...B, allowedIps: [] },
        ],
        new Set([A.publicKey, B.publicKey]),
      ),
    ).toEqual([]);
  });
});
