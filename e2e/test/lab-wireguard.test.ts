// Real WireGuard between a lab's hosts, with keys and peers set by hand: the basis of the lab's measurements.
import { afterEach, describe, expect, it } from 'vitest';
import { createLab, type Lab, type LabNode, startMeters } from '../lab/index.ts';

const open: Lab<string>[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((lab) => lab.destroy()));
});

interface Tunnel {
  node: LabNode;
  publicKey: string;
  overlay: string;
}

/** wireguard-go on a host, with the same name and socket path on each. */
async function startTunnel(node: LabNode, overlay: string): Promise<Tunnel> {
  await node.exec('wireguard-go', ['wg0']);
  const privateKey = (await node.exec('wg', ['genkey'])).stdout;
  await node.exec('wg', ['set', 'wg0', 'listen-port', '51820', 'private-key', '/dev/stdin'], {
    input: privateKey,
  });
  await node.exec('ip', ['addr', 'add', `${overlay}/24`, 'dev', 'wg0']);
  await node.exec('ip', ['link', 'set', 'wg0', 'up', 'mtu', '1420']);
  const publicKey = (await node.exec('wg', ['pubkey'], { input: privateKey })).stdout.trim();
  return { node, publicKey, overlay };
}

async function addPeer(on: Tunnel, peer: Tunnel): Promise<void> {
  const endpoint = `${peer.node.address}:51820`;
  const settings = ['endpoint', endpoint, 'allowed-ips', `${peer.overlay}/32`, 'persistent-keepalive', '25'];
  await on.node.exec('wg', ['set', 'wg0', 'peer', peer.publicKey, ...settings]);
}

async function twoTunnels() {
  const lab = await createLab({ prefix: 'wg-test', nodes: ['a', 'b'] });
  open.push(lab as unknown as Lab<string>);
  const [a, b] = await Promise.all([
    startTunnel(lab.node('a'), '10.99.0.1'),
    startTunnel(lab.node('b'), '10.99.0.2'),
  ]);
  await Promise.all([addPeer(a, b), addPeer(b, a)]);
  const meters = await startMeters(lab, { addresses: { a: a.overlay, b: b.overlay } });
  const isFlowing = () => meters.all.every((meter) => meter.window(Date.now() - 500).onTime >= 10);
  await expect.poll(isFlowing, { timeout: 20_000 }).toBe(true);
  return { lab, a, b, meters, isFlowing, flowingMs: Date.now() };
}

describe('WireGuard in a lab', () => {
  it('carries packets both ways without loss once the handshake is done', async () => {
    const { meters, flowingMs } = await twoTunnels();
    await expect
      .poll(() => meters.all.every((meter) => meter.window(flowingMs).onTime >= 100), { timeout: 20_000 })
      .toBe(true);
    await meters.stop();
    for (const meter of meters.all) {
      expect(meter.window(flowingMs)).toMatchObject({ lost: 0, late: 0, pending: 0, sendErrors: 0 });
    }
  });

  it('goes silent when the underlay is cut and comes back when it heals', async () => {
    const { lab, meters, isFlowing } = await twoTunnels();
    await lab.cut('a');
    const cutMs = performance.timeOrigin + performance.now();
    await expect
      .poll(() => meters.between('b', 'a').window(cutMs).sent, { timeout: 10_000 })
      .toBeGreaterThan(25);
    for (const meter of meters.all) expect(meter.window(cutMs).onTime).toBe(0);
    await lab.heal('a');
    await expect.poll(isFlowing, { timeout: 25_000 }).toBe(true);
  });

  it('ends both directions at once when one side removes the peer', async () => {
    const { a, b, meters } = await twoTunnels();
    await a.node.exec('wg', ['set', 'wg0', 'peer', b.publicKey, 'remove']);
    const removedMs = performance.timeOrigin + performance.now();
    await expect
      .poll(() => meters.between('b', 'a').window(removedMs).sent, { timeout: 10_000 })
      .toBeGreaterThan(25);
    await meters.stop();
    for (const meter of meters.all) expect(meter.window(removedMs).onTime).toBe(0);
    // Userspace WireGuard refuses packets at a sender without a peer; at the other sender they leave and are
    // lost.
    expect(meters.between('b', 'a').window(removedMs).lost).toBeGreaterThan(25);
  });
});
