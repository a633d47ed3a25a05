// A set that fails half-way is undone. A fault between adapter and device applies only the first peer of a
// set.
import { mkdirSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectCode } from '../../src/contract/expect-tunnel-error.ts';
import { everythingOf, findSecret } from '../../src/contract/find-secret.ts';
import { makePeer, makePsk, makePublicKey, makeUp } from '../../src/contract/samples.ts';
import type { RunCommand } from '../../src/linux/run-command.ts';
import type { Tunnel } from '../../src/port/tunnel.ts';
import { openUapiTunnel, openWgToolTunnel } from '../support/adapters.ts';
import { NAME } from '../support/fixtures.ts';
import { createLabHost, filesUnder, type LabHost } from '../support/lab-host.ts';

/**
 * What each of the next sets does before it fails: it applies its first peer, or nothing. Later sets succeed.
 */
type Fault = ('first' | 'nothing')[];

interface FaultyTunnel {
  readonly tunnel: Tunnel;
  close(): Promise<void>;
}

describe.each([
  ['userspace API', openFaultyUapi],
  ['wg tool', openFaultyWgTool],
] as const)('a set that fails half-way: %s', (_, openFaulty) => {
  let host: LabHost;
  let fault: Fault;
  let faulty: FaultyTunnel;
  beforeEach(async () => {
    host = await createLabHost();
    // The fault is not yet in place when the interface is made.
    await openUapiTunnel(host).up(makeUp());
    fault = [];
    faulty = await openFaulty(host, fault);
  });
  afterEach(async () => {
    await faulty.close();
    await host.close();
  });

  it('changes nothing in a set that does not fail', async () => {
    const peers = [makePeer(1), makePeer(2)];
    await faulty.tunnel.addPeers(peers);
    await faulty.tunnel.setPresharedKeys(
      peers.map(({ publicKey }) => ({ publicKey, presharedKey: makePsk() })),
    );
    expect((await faulty.tunnel.read()).peers).toHaveLength(2);
  });

  it('restores the preshared keys that it had changed', async () => {
    const peers = [makePeer(1), makePeer(2)];
    await faulty.tunnel.addPeers(peers);
    const before = await faulty.tunnel.read();
    fault.push('first');
    const changes = peers.map(({ publicKey }) => ({ publicKey, presharedKey: makePsk() }));
    const error = await expectCode(faulty.tunnel.setPresharedKeys(changes), 'apply_failed');
    expect(await faulty.tunnel.read()).toEqual(before);
    const secrets = [...peers, ...changes].map(({ presharedKey }) => presharedKey);
    expect(secrets.flatMap((secret) => findSecret(everythingOf(error), secret))).toEqual([]);
    expect(filesUnder(host.runtimeDir).filter((name) => name.includes('keys-'))).toEqual([]);
  });

  it('removes the peers that it had created', async () => {
    await faulty.tunnel.addPeers([makePeer(1)]);
    const before = await faulty.tunnel.read();
    fault.push('first');
    await expectCode(faulty.tunnel.addPeers([makePeer(2), makePeer(3)]), 'apply_failed');
    expect(await faulty.tunnel.read()).toEqual(before);
  });

  it('restores allowed IPs, keepalive and key of a peer that was added again', async () => {
    const peer = makePeer(1);
    await faulty.tunnel.addPeers([peer]);
    const before = await faulty.tunnel.read();
    fault.push('first');
    const again = { ...makePeer(4), publicKey: peer.publicKey, persistentKeepaliveSeconds: 3 };
    await expectCode(faulty.tunnel.addPeers([again, makePeer(5)]), 'apply_failed');
    expect(await faulty.tunnel.read()).toEqual(before);
  });

  it('trusts the device’s state, not its answer, when it undoes a set', async () => {
    // The second fault hits the undo: its only peer is applied, but the answer is a failure.
    fault.push('first', 'first');
    await expectCode(faulty.tunnel.addPeers([makePeer(1), makePeer(2)]), 'apply_failed');
    expect((await faulty.tunnel.read()).peers).toEqual([]);
  });

  it('says undo_failed when undoing fails as well, and read shows what is left', async () => {
    fault.push('first', 'nothing');
    const peer = makePeer(1);
    const error = await expectCode(faulty.tunnel.addPeers([peer, makePeer(2)]), 'undo_failed');
    expect(error.message).toContain(peer.publicKey);
    expect((await faulty.tunnel.read()).peers.map(({ publicKey }) => publicKey)).toEqual([peer.publicKey]);
  });

  it('does not bring back a peer that a failing removal has removed', async () => {
    const peers = [makePeer(1), makePeer(2)];
    await faulty.tunnel.addPeers(peers);
    fault.push('first');
    const keys = peers.map(({ publicKey }) => publicKey);
    await expectCode(faulty.tunnel.removePeers(keys), 'apply_failed');
    expect((await faulty.tunnel.read()).peers.map(({ publicKey }) => publicKey)).toEqual([
      peers[1]?.publicKey,
    ]);
    await faulty.tunnel.removePeers(keys);
    expect((await faulty.tunnel.read()).peers).toEqual([]);
  });
});

describe('a peer that someone else removes while its key is being set', () => {
  let host: LabHost;
  beforeEach(async () => {
    host = await createLabHost();
  });
  afterEach(async () => {
    await host.close();
  });

  it('is not brought back by wg, which has no update_only', async () => {
    const peer = makePeer(1);
    let meddle = false;
    const run: RunCommand = async (program, args, options) => {
      if (meddle && program === 'wg' && args[0] === 'set') {
        meddle = false;
        await host.run('wg', ['set', NAME, 'peer', peer.publicKey, 'remove']);
      }
      return await host.run(program, args, options);
    };
    const tunnel = openWgToolTunnel(host, { run });
    await tunnel.up(makeUp());
    await tunnel.addPeers([peer]);
    meddle = true;
    await expectCode(tunnel.setPresharedKeys([{ ...peer, presharedKey: makePsk() }]), 'apply_failed');
    expect((await tunnel.read()).peers).toEqual([]);
  });

  it('is not brought back by the userspace API: every key is set with update_only', async () => {
    await openUapiTunnel(host).up(makeUp());
    const peers = [makePeer(1), makePeer(2)];
    await openUapiTunnel(host).addPeers(peers);
    const sets: string[] = [];
    const faulty = await openFaultyUapi(host, [], async (set) => {
      sets.push(set);
      if (sets.length === 1) await host.run('wg', ['set', NAME, 'peer', peers[0]?.publicKey ?? '', 'remove']);
    });
    const before = (await faulty.tunnel.read()).peers;
    const changes = peers.map(({ publicKey }) => ({ publicKey, presharedKey: makePsk() }));
    await expectCode(faulty.tunnel.setPresharedKeys(changes), 'apply_failed');
    expect((await faulty.tunnel.read()).peers).toEqual(
      before.filter(({ publicKey }) => publicKey !== peers[0]?.publicKey),
    );
    expect(sets[0]).toMatch(
      /^set=1\n(public_key=[0-9a-f]{64}\nupdate_only=true\npreshared_key=[0-9a-f]{64}\n){2}\n$/,
    );
    await faulty.close();
  });

  it('would have been created by wg (control: the check has a reason)', async () => {
    await openWgToolTunnel(host).up(makeUp());
    await host.run('wg', ['set', NAME, 'peer', makePublicKey(), 'preshared-key', '/dev/null']);
    expect((await openWgToolTunnel(host).read()).peers).toHaveLength(1);
  });
});

/**
 * A socket in front of the real one. From a failing set it passes on the first peer or nothing, and answers
 * EINVAL.
 */
async function openFaultyUapi(
  host: LabHost,
  fault: Fault,
  beforeSet: (set: string) => Promise<void> = async () => {},
): Promise<FaultyTunnel> {
  const socketDir = join(host.runtimeDir, 'proxy');
  mkdirSync(socketDir);
  const server = createServer((client) => {
    let request = '';
    client.on('error', () => {});
    client.on('data', async (chunk) => {
      request += chunk.toString();
      if (!request.endsWith('\n\n')) return;
      if (request.startsWith('set=1')) await beforeSet(request);
      const mode = request.startsWith('set=1') ? fault.shift() : undefined;
      const passedOn = mode === undefined ? request : mode === 'first' ? firstPeerOf(request) : 'set=1\n\n';
      request = '';
      const device = createConnection(join(host.socketDir, `${NAME}.sock`));
      let answer = '';
      device.on('data', (part) => {
        answer += part.toString();
        if (!answer.endsWith('\n\n')) return;
        device.destroy();
        client.write(mode !== undefined ? 'errno=-22\n\n' : answer);
      });
      device.write(passedOn);
    });
  });
  await new Promise<void>((resolve) => server.listen(join(socketDir, `${NAME}.sock`), resolve));
  return { tunnel: openUapiTunnel(host, { socketDir }), close: () => closeServer(server) };
}

function firstPeerOf(request: string): string {
  const second = request.indexOf('public_key=', request.indexOf('public_key=') + 1);
  return second === -1 ? request : `${request.slice(0, second)}\n`;
}

/** A `wg` that applies the first peer of a failing set, or nothing, and then fails. */
async function openFaultyWgTool(host: LabHost, fault: Fault): Promise<FaultyTunnel> {
  const run: RunCommand = async (program, args, options) => {
    const mode = program === 'wg' && args[0] === 'set' ? fault.shift() : undefined;
    if (mode === undefined) return await host.run(program, args, options);
    const failure = {
      exitCode: 1,
      stdout: new Uint8Array(),
      stderr: 'Unable to modify interface: Invalid argument',
    };
    if (mode === 'nothing') return failure;
    const second = args.indexOf('peer', args.indexOf('peer') + 1);
    await host.run(program, second === -1 ? args : args.slice(0, second), options);
    return failure;
  };
  return { tunnel: openWgToolTunnel(host, { run }), close: async () => {} };
}

async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
