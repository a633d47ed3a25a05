// The list of the peers on the interface stays the same object only while nothing on it has changed.

import { FakeClock } from '@mesh/host/test-kit';
import { parseAllowedIp, type WgPublicKey } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import { FoundPeers } from '../../src/engine/one-interface/found-peers.ts';
import { LastWritten } from '../../src/engine/one-interface/last-written.ts';
import type { FoundPeer } from '../../src/plan/reconcile.ts';

const KEYS = ['one', 'two'] as unknown as readonly [WgPublicKey, WgPublicKey];
const reading = (change: Partial<Record<keyof FoundPeer, unknown>> = {}): FoundPeer[] =>
  KEYS.map((publicKey, at) => ({
    publicKey,
    presharedKeyDigest: `sha256:${at}`,
    endpoint: { host: '192.0.2.1', port: 51_820 + at },
    allowedIps: [parseAllowedIp(`10.88.0.${at}`)],
    persistentKeepaliveSeconds: 25,
    ...(at === 1 ? change : {}),
  })) as unknown as FoundPeer[];

function found(): FoundPeers {
  const peers = new FoundPeers(new FakeClock(), 30_000);
  peers.adopt(reading());
  return peers;
}

describe('the peers that were read', () => {
  it('are the same list while they are the same peers', () => {
    const peers = found();
    const [before, present] = [peers.peers, peers.present];
    peers.adopt(reading());
    expect(peers.peers).toBe(before);
    expect(peers.present).toBe(present);
  });

  it.each<[string, FoundPeer[]]>([
    ['a key', reading({ presharedKeyDigest: 'sha256:9' })],
    ['no key', reading({ presharedKeyDigest: undefined })],
    ['the host of an endpoint', reading({ endpoint: { host: '192.0.2.9', port: 51_821 } })],
    ['the port of an endpoint', reading({ endpoint: { host: '192.0.2.1', port: 9 } })],
    ['the zone of an endpoint', reading({ endpoint: { host: '192.0.2.1', port: 51_821, zone: 'eth0' } })],
    ['an address', reading({ allowedIps: [parseAllowedIp('10.88.0.9')] })],
    ['an address more', reading({ allowedIps: [parseAllowedIp('10.88.0.1'), parseAllowedIp('10.88.0.9')] })],
    ['a keepalive', reading({ persistentKeepaliveSeconds: undefined })],
    ['another peer', reading({ publicKey: 'three' })],
    ['a peer less', reading().slice(1)],
  ])('are another list after a change of %s', (_, changed) => {
    const peers = found();
    peers.adopt(changed);
    expect(peers.peers).toBe(changed);
  });

  it('are another list after a change by the agent, whatever it did', () => {
    const peers = found();
    const next = reading();
    peers.outdate();
    peers.adopt(next);
    expect(peers.peers).toBe(next);
  });
});

describe('what the agent wrote', () => {
  it('is compared again after a peer was touched, even with the list of before', () => {
    const [written, list] = [new LastWritten(), reading()];
    const altered = () => written.compare(reading({ presharedKeyDigest: 'sha256:9' }), new Set(KEYS));
    written.settled(list);
    expect(altered()).toMatchObject([{ kind: 'altered_peer', what: 'preshared_key' }]);
    written.settled(list);
    expect(altered()).toHaveLength(1);
  });
});
