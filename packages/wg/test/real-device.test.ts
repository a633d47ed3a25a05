// Tests the texts with a real wireguard-go and the real `wg`, in their own network and mount namespace.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  diffPeers,
  parseCidr,
  parseConfig,
  parseEndpoint,
  parseUapiGet,
  parseUapiSetAnswer,
  parseWgDump,
  parseWgPrivateKey,
  presharedKeyDigest,
  renderConfig,
  renderUapiSet,
  uapiSetOfDiff,
  type WgInterface,
  type WgPeer,
  wgKeyFromBytes,
  wgPublicKeyFromPrivate,
} from '../src/index.ts';
import { expectWgError } from './expect-wg-error.ts';

const NAME = 'wgt0';
const folder = mkdtempSync(join(tmpdir(), 'wg-text-'));
const socketPath = join(folder, `${NAME}.sock`);
const asRoot = process.getuid?.() === 0;
let device: ChildProcess | undefined;

const key = (seed: number) => new Uint8Array(32).fill(seed);
const peerOf = (seed: number): WgPeer => ({
  publicKey: wgKeyFromBytes('public', key(seed)),
  presharedKey: wgKeyFromBytes('preshared', key(seed + 100)),
  endpoint: parseEndpoint(seed % 2 === 0 ? `192.0.2.${seed}:51820` : `[2001:db8::${seed}]:51820`),
  allowedIps: [parseCidr(`10.9.0.${seed}/32`), parseCidr(`fd00:9::${seed}/128`)],
  persistentKeepaliveSeconds: 25,
});
const byKey = (a: { publicKey: string }, b: { publicKey: string }) => (a.publicKey < b.publicKey ? -1 : 1);

/** Runs `wg` inside the device's namespaces. */
function wg(...args: string[]): string {
  const user = asRoot ? [] : ['--user', '--preserve-credentials'];
  const inside = ['--target', String(device?.pid), ...user, '--mount', '--net'];
  return execFileSync('nsenter', [...inside, 'wg', ...args], { encoding: 'utf8' });
}

function ask(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath, () => socket.write(request));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (!answer.endsWith('\n\n')) return;
      socket.destroy();
      resolve(answer);
    });
  });
}

const state = async () => parseUapiGet(await ask('get=1\n\n'));

beforeAll(async () => {
  // The socket's folder is bound into the namespace: `wg` finds it at its usual place, and this process by
  // its path.
  const script =
    'mount -t tmpfs tmpfs /run && mkdir -p /run/wireguard && mount --bind "$1" /run/wireguard && ' +
    `exec wireguard-go -f ${NAME}`;
  const user = asRoot ? [] : ['--user', '--map-root-user'];
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(folder, () => {
      if (existsSync(socketPath)) done(resolve);
    });
    let complaint = '';
    const child = spawn('unshare', [...user, '--net', '--mount', 'sh', '-c', script, 'sh', folder], {
      env: { ...process.env, LOG_LEVEL: 'error', WG_PROCESS_FOREGROUND: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const done = (settle: () => void) => {
      watcher.close();
      settle();
    };
    device = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.on('error', (error) => done(() => reject(error)));
    child.on('exit', (code) =>
      done(() =>
        reject(
          new Error(
            `no WireGuard device (exit ${code}): this test needs wireguard-go, wireguard-tools, unshare and a ` +
              `/dev/net/tun that may be opened, as root or in a user namespace. ${complaint}`,
          ),
        ),
      ),
    );
  });
});

afterAll(() => {
  device?.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe('a real device', () => {
  const privateKey = parseWgPrivateKey(execFileSync('wg', ['genkey'], { encoding: 'utf8' }).trim());
  const wanted: WgInterface = { privateKey, listenPort: 41_820, fwmark: 7, peers: [2, 3, 4].map(peerOf) };

  it('accepts rendered configuration by wg setconf, and shows the same again', () => {
    writeFileSync(join(folder, 'wanted.conf'), renderConfig(wanted), { mode: 0o600 });
    wg('setconf', NAME, '/run/wireguard/wanted.conf');
    const shown = parseConfig(wg('showconf', NAME));
    expect({ ...shown, peers: shown.peers.toSorted(byKey) }).toEqual({
      ...wanted,
      peers: wanted.peers.toSorted(byKey),
    });
  });

  it('has the same state over its socket and by wg show dump, and the diff is then empty', async () => {
    const fromSocket = await state();
    const fromDump = parseWgDump(wg('show', NAME, 'dump'));
    expect(fromSocket.publicKey).toBe(wgPublicKeyFromPrivate(privateKey));
    expect({ ...fromSocket, peers: fromSocket.peers.toSorted(byKey).map(stable) }).toEqual({
      ...fromDump,
      peers: fromDump.peers.toSorted(byKey).map(stable),
    });
    expect(diffPeers(fromSocket.peers, wanted.peers, { endpoints: 'enforce' })).toEqual({
      remove: [],
      add: [],
      update: [],
    });
  });

  it('becomes the desired one by the set of a diff', async () => {
    const { endpoint: _, persistentKeepaliveSeconds: __, presharedKey: ___, ...bare } = peerOf(3);
    const rotated = { ...peerOf(4), presharedKey: wgKeyFromBytes('preshared', key(77)) };
    const desired = [bare, rotated, peerOf(5)];
    const diff = diffPeers((await state()).peers, desired);
    expect([diff.remove.length, diff.update.length, diff.add.length]).toEqual([1, 2, 1]);
    parseUapiSetAnswer(await ask(renderUapiSet(uapiSetOfDiff(diff))));
    const { peers } = await state();
    expect(diffPeers(peers, desired)).toEqual({ remove: [], add: [], update: [] });
    const held = peers.find((peer) => peer.publicKey === rotated.publicKey);
    expect(held?.presharedKeyDigest).toBe(presharedKeyDigest(rotated.presharedKey));
  });

  it('gets no peer by a preshared key alone: update_only does not re-admit', async () => {
    const before = (await state()).peers.length;
    const stranger = {
      publicKey: wgKeyFromBytes('public', key(99)),
      presharedKey: wgKeyFromBytes('preshared', key(98)),
    };
    const text = renderUapiSet({ peers: [{ ...stranger, updateOnly: true }] });
    parseUapiSetAnswer(await ask(text));
    expect((await state()).peers).toHaveLength(before);
    // Control: without that line the device does create the peer.
    parseUapiSetAnswer(await ask(text.replace('update_only=true\n', '')));
    expect((await state()).peers).toHaveLength(before + 1);
  });

  it('refuses a bad set with an errno that parseUapiSetAnswer reads', async () => {
    const answer = await ask('set=1\nlisten_port=x\n\n');
    expect(expectWgError(() => parseUapiSetAnswer(answer), 'device_error').errno).toBeGreaterThan(0);
  });
});

/** A peer without its counters, which change between two readings. */
function stable<T extends { rxBytes: number; txBytes: number }>({ rxBytes: _, txBytes: __, ...rest }: T) {
  return rest;
}

// These tests come last, because they leave any accepted configuration on the device.
describe('wg setconf', () => {
  const privateKey = wgKeyFromBytes('private', key(9));
  const head = `[Interface]\nPrivateKey = ${privateKey}\n`;
  const peer = `${head}[Peer]\nPublicKey = ${peerOf(2).publicKey}\n`;
  const verdictOfWg = (text: string): boolean => {
    writeFileSync(join(folder, 'tried.conf'), text, { mode: 0o600 });
    try {
      wg('setconf', NAME, '/run/wireguard/tried.conf');
      return true;
    } catch {
      return false;
    }
  };
  const verdictOfParser = (text: string): boolean => {
    try {
      parseConfig(text);
      return true;
    } catch {
      return false;
    }
  };

  it.each([
    ['takes', `${head}FwMark = 0x1F\n`],
    ['takes', `${head}FwMark = 0xffffffff\n`],
    ['takes', `${head}FwMark = 4294967295\n`],
    ['takes', `${head}FwMark=OFF\n`],
    ['takes', `${head}ListenPort = 0\n`],
    ['takes', `${head.replaceAll('\n', '\r\n')}# end`],
    ['takes', `${peer}AllowedIPs = ::1/128, 1.2.3.4\n`],
    ['takes', `${peer}AllowedIPs = 0:0:0:0:0:0:0:0/0\n`],
    ['takes', `${peer}PersistentKeepalive = OFF\n`],
    ['takes', `${peer}Endpoint = [::1]:5\n`],
    ['refuses', `${head}FwMark = 0X1F\n`],
    ['refuses', `${head}FwMark = 0x\n`],
    ['refuses', `${head}FwMark =\n`],
    ['refuses', `${head}FwMark = 0x100000000\n`],
    ['refuses', `${head}ListenPort =\n`],
    ['refuses', `${head}ListenPort = 0x50\n`],
    ['refuses', `${peer}AllowedIPs =\n`],
    ['refuses', `${peer}AllowedIPs = \nAllowedIPs = 10.0.0.0/8\n`],
    ['refuses', `${peer}AllowedIPs = 10.0.0.0/8,\n`],
    ['refuses', `${peer}AllowedIPs = 1.2.3.4/\n`],
    ['refuses', `${peer}AllowedIPs = 1.2.3.4/33\n`],
    ['refuses', `${peer}AllowedIPs = 01.2.3.4\n`],
    ['refuses', `${peer}AllowedIPs = 00001::/16\n`],
    ['refuses', `${peer}AllowedIPs = fe80::1%lo/128\n`],
    ['refuses', `${peer}PersistentKeepalive =\n`],
    ['refuses', `${peer}PersistentKeepalive = 65536\n`],
    ['refuses', `${peer}Endpoint =\n`],
    ['refuses', `${peer}PresharedKey =\n`],
    ['refuses', `${peer}[Peer]\n`],
  ])('%s by wg setconf what parseConfig does: %j', (verdict, text) => {
    const takes = verdict === 'takes';
    expect([verdictOfWg(text), verdictOfParser(text)]).toEqual([takes, takes]);
  });

  // The list at the head of parse-config.ts.
  it.each([
    ['no interface', `[Peer]\nPublicKey = ${peerOf(2).publicKey}\n`],
    ['no private key', '[Interface]\nListenPort = 1\n'],
    ['a second interface', `${head}[Interface]\n`],
    ['a key twice', `${head}ListenPort = 1\nListenPort = 2\n`],
    ['a peer twice', `${peer}${peer.slice(head.length)}`],
    ['a range twice', `${peer}AllowedIPs = 10.0.0.0/8, 10.0.0.0/8\n`],
    ['blanks in a section', `[ Interface ]\nPrivateKey = ${privateKey}\n`],
    ['blanks in a key', `${head}Listen Port = 1\n`],
    ['blanks in a value', `${head}ListenPort = 1 2\n`],
    ['a control character', `${head}# \u0001\n`],
    ['leading zeros in a port', `${head}ListenPort = 080\n`],
    ['leading zeros in a range', `${peer}AllowedIPs = 10.0.0.0/08\n`],
    ['a zone id', `${peer}Endpoint = [fe80::1%lo]:5\n`],
    ['a bare IPv6 endpoint', `${peer}Endpoint = ::1:5\n`],
    ['an IPv4 endpoint in brackets', `${peer}Endpoint = [192.0.2.1]:5\n`],
    ['port 0', `${peer}Endpoint = 192.0.2.1:0\n`],
    ['a preshared key of zeros', `${peer}PresharedKey = ${'A'.repeat(43)}=\n`],
    ['a public key of low order', `${head}[Peer]\nPublicKey = AQ${'A'.repeat(41)}=\n`],
  ])('accepts a text with %s, which parseConfig refuses', (_what, text) => {
    expect([verdictOfWg(text), verdictOfParser(text)]).toEqual([true, false]);
  });

  it('accepts all texts with one changed place that parseConfig accepts', () => {
    const whole =
      `${head}ListenPort = 51820\nFwMark = 0x1F\n[Peer]\nPublicKey = ${peerOf(2).publicKey}\n` +
      'AllowedIPs = 10.9.0.2/32, fd00:9::2/128\nEndpoint = 192.0.2.1:51820\nPersistentKeepalive = 25\n';
    const changed = fc
      .record({
        at: fc.nat(whole.length),
        cut: fc.nat(3),
        put: fc.string({ unit: fc.constantFrom(...'0xX1F,:/. =#-[]\n\taA'), maxLength: 3 }),
      })
      .map(({ at, cut, put }) => whole.slice(0, at) + put + whole.slice(at + cut));
    const taken = fc.sample(changed, { numRuns: 400, seed: 18 }).filter(verdictOfParser);
    expect(taken.length).toBeGreaterThan(20);
    expect(taken.filter((text) => !verdictOfWg(text))).toEqual([]);
  });
});
