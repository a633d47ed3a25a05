// What each operation does to live sessions: two hosts, real handshakes, numbered pings.
import {
  parseCidr,
  parseEndpoint,
  presharedKeyDigest,
  type WgPrivateKey,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateKey, makePsk, makeUp } from '../../src/contract/samples.ts';
import { runOrThrow } from '../../src/linux/run-command.ts';
import type { NewPeer, Tunnel, TunnelUp } from '../../src/port/tunnel.ts';
import { openUapiTunnel, openWgToolTunnel } from '../support/adapters.ts';
import { createLabHost, joinHosts, type LabHost } from '../support/lab-host.ts';

interface Side {
  readonly host: LabHost;
  readonly tunnel: Tunnel;
  readonly wanted: TunnelUp;
  readonly overlay: string;
  readonly privateKey: WgPrivateKey;
}

describe.each([
  ['userspace API', openUapiTunnel],
  ['wg tool', openWgToolTunnel],
] as const)('live sessions: %s', (_, openTunnel) => {
  let a: Side;
  let b: Side;
  beforeEach(async () => {
    a = await createSide('1', openTunnel);
    b = await createSide('2', openTunnel);
    await joinHosts(a.host, b.host);
    for (const side of [a, b]) await side.tunnel.up(side.wanted);
    const presharedKey = makePsk();
    await a.tunnel.addPeers([peerFor(b, presharedKey)]);
    await b.tunnel.addPeers([peerFor(a, presharedKey)]);
    expect(await untilAnswers(a, b)).toBe(true);
  });
  afterEach(async () => {
    await a.host.close();
    await b.host.close();
  });

  it('lose no packet while both ends change the PSK again and again, and go on in the same session', async () => {
    const before = await handshakeAt(a, b);
    const pings = runOrThrow(a.host.run, 'ping', ['-q', '-i', '0.01', '-c', '300', '-W', '2', b.overlay]);
    let presharedKey = makePsk();
    let running = true;
    const ended = pings.finally(() => {
      running = false;
    });
    let rotations = 0;
    while (running) {
      presharedKey = makePsk();
      await a.tunnel.setPresharedKeys([{ publicKey: publicKeyOf(b), presharedKey }]);
      await b.tunnel.setPresharedKeys([{ publicKey: publicKeyOf(a), presharedKey }]);
      rotations++;
    }
    expect(new TextDecoder().decode(await ended)).toContain(
      '300 packets transmitted, 300 received, 0% packet loss',
    );
    expect(rotations).toBeGreaterThan(5);
    expect(await handshakeAt(a, b)).toBe(before);
    for (const side of [a, b]) {
      expect((await side.tunnel.read()).peers[0]?.presharedKeyDigest).toBe(presharedKeyDigest(presharedKey));
    }
  });

  it('die in both directions when one end has removed the peer, and come back when it is added', async () => {
    expect(await answers(b, a)).toBe(true);
    await a.tunnel.removePeers([publicKeyOf(b)]);
    const [toB, toA] = await Promise.all([answers(a, b), answers(b, a)]);
    expect([toB, toA]).toEqual([false, false]);
    const presharedKey = makePsk();
    await b.tunnel.setPresharedKeys([{ publicKey: publicKeyOf(a), presharedKey }]);
    await a.tunnel.addPeers([peerFor(b, presharedKey)]);
    expect(await untilAnswers(a, b)).toBe(true);
  });

  it('survive a second up by another adapter, as after a restart of the program', async () => {
    const before = await handshakeAt(a, b);
    const again = openTunnel(a.host);
    expect(await again.up(a.wanted)).toMatchObject({ kind: 'adopted', privateKeyReplaced: false });
    expect(await answers(b, a)).toBe(true);
    expect(await handshakeAt(a, b)).toBe(before);
  });

  it('keep a learnt endpoint when the peer is added again with the old one', async () => {
    const wrong = parseEndpoint('192.0.2.77:1');
    await a.tunnel.updatePeer({ publicKey: publicKeyOf(b), endpoint: wrong });
    expect(await answers(b, a, 5)).toBe(true);
    const { presharedKey, ...rest } = peerFor(b, makePsk());
    await b.tunnel.setPresharedKeys([{ publicKey: publicKeyOf(a), presharedKey }]);
    await a.tunnel.addPeers([{ ...rest, presharedKey, endpoint: wrong }]);
    expect((await a.tunnel.read()).peers[0]?.endpoint?.host).toBe(b.host.underlay);
  });
});

async function createSide(n: string, openTunnel: (host: LabHost) => Tunnel): Promise<Side> {
  const host = await createLabHost(`192.0.2.${n}`);
  const privateKey = makePrivateKey();
  const wanted = makeUp({
    privateKey,
    addresses: [parseCidr(`10.44.0.${n}/32`), parseCidr(`fd44::${n}/128`)],
  });
  return { host, tunnel: openTunnel(host), wanted, overlay: `10.44.0.${n}`, privateKey };
}

function publicKeyOf(side: Side) {
  return wgPublicKeyFromPrivate(side.privateKey);
}

function peerFor(side: Side, presharedKey: NewPeer['presharedKey']): NewPeer {
  return {
    publicKey: publicKeyOf(side),
    presharedKey,
    endpoint: parseEndpoint(`${side.host.underlay}:51820`),
    allowedIps: side.wanted.addresses,
    persistentKeepaliveSeconds: 25,
  };
}

/** Whether one of `tries` pings gets an answer. */
async function answers(from: Side, to: Side, tries = 2): Promise<boolean> {
  const result = await from.host.run('ping', ['-q', '-i', '0.2', '-c', String(tries), '-W', '1', to.overlay]);
  return result.exitCode === 0;
}

/** Asks until the tunnel carries an answer. The first handshake may take a while. */
async function untilAnswers(from: Side, to: Side): Promise<boolean> {
  const endMs = Date.now() + 10_000;
  while (!(await answers(from, to, 1))) if (Date.now() > endMs) return false;
  return true;
}

async function handshakeAt(at: Side, of: Side): Promise<number | undefined> {
  return (await at.tunnel.read()).peers.find((peer) => peer.publicKey === publicKeyOf(of))
    ?.latestHandshakeSeconds;
}
