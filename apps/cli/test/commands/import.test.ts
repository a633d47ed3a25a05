// meshctl import: files of other networks, and the join tokens of their nodes.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem } from '@mesh/protocol';
import { clampWgPrivateKey, wgPublicKeyFromPrivate } from '@mesh/wg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TOKEN, tokenAnswer } from '../support/fixtures.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshctl-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const run = (...args: string[]) => meshctlHere(['import', ...args], { socket: controller.path });
const listed = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await meshctlHere(['--json', 'import', ...args], {
    socket: join(folder, 'none.sock'),
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return (JSON.parse(stdout) as { nodes: unknown[] }).nodes;
};

const keyOf = (fill: number) => {
  const secret = clampWgPrivateKey(new Uint8Array(32).fill(fill));
  return { secret, key: wgPublicKeyFromPrivate(secret) };
};
const [a, b, c] = [keyOf(1), keyOf(2), keyOf(3)];
const PSK = keyOf(9).secret;

const ofA = `# Managed by hand
[Interface]
Address = 10.0.0.1/24, fd00::1/64
ListenPort = 51820
PrivateKey = ${a.secret}
PostUp = iptables -A FORWARD -j ACCEPT
# PreDown = ${PSK}

# Client: the laptop
[Peer]
# PresharedKey = ${PSK}
PublicKey = ${b.key}
PresharedKey = ${PSK}
AllowedIPs = 10.0.0.2/32, fd00::2/128, 192.168.7.0/24
Endpoint = laptop.example.org:51820

[Peer]
PublicKey = ${c.key}
AllowedIPs = 10.0.0.3
PersistentKeepalive = 25
`;
/** As `wg showconf` prints it. */
const ofB = `[Interface]
ListenPort = 51820
PrivateKey = ${b.secret}

[Peer]
PublicKey = ${a.key}
AllowedIPs = 10.0.0.1/32
Endpoint = 192.0.2.1:51820
`;

describe('import wireguard', () => {
  it('puts together what the files of several hosts say, each called as its file', async () => {
    expect(await listed('wireguard', fileOf('gpu-1.conf', ofA), fileOf('gpu-2.conf', ofB))).toEqual([
      {
        node_id: 'gpu-1',
        class: null,
        from: a.key,
        endpoint: '192.0.2.1:51820',
        addresses: ['10.0.0.1', 'fd00::1'],
      },
      {
        node_id: 'gpu-2',
        class: null,
        from: b.key,
        endpoint: 'laptop.example.org:51820',
        addresses: ['10.0.0.2', 'fd00::2'],
      },
      {
        node_id: expect.stringMatching(/^peer-[a-z0-9]{8}$/),
        class: null,
        from: c.key,
        endpoint: null,
        addresses: ['10.0.0.3'],
      },
    ]);
  });

  it.each([
    ['a comment above', `# the laptop\n[Peer]\nPublicKey = ${b.key}\n`, 'the-laptop'],
    ['a comment beside', `[Peer] # Laptop\nPublicKey = ${b.key}\n`, 'laptop'],
    ['a comment within', `[Peer]\n# laptop\nPublicKey = ${b.key}\n`, 'laptop'],
    ['friendly_name', `[Peer]\n# friendly_name=laptop\nPublicKey = ${b.key}\n`, 'laptop'],
    ['Name = ', `# Name = laptop\n[Peer]\nPublicKey = ${b.key}\n`, 'laptop'],
    ['the comment of wireguard-install', `### Client laptop\n[Peer]\r\nPublicKey = ${b.key}\r\n`, 'laptop'],
    ['--name', `# other\n[Peer]\nPublicKey = ${b.key}\n`, 'desk', ['--name', `${b.key}=desk`]],
  ])('takes a name from %s', async (_, text, id, more: string[] = []) => {
    expect(await listed('wireguard', fileOf('wg0.conf', text), ...more)).toMatchObject([{ node_id: id }]);
  });

  it.each([
    ['no configuration', 'hello\n', /x\.conf:1: this is no WireGuard configuration/],
    ['a key that is none', `[Peer]\nPublicKey = ${b.key.slice(1)}\n`, /x\.conf:2: /],
    ['an address that is none', '[Interface]\nAddress = 10.0.0.300/24\n', /x\.conf:2: /],
    [
      'an endpoint that is none',
      `[Peer]\nPublicKey = ${b.key}\nEndpoint = \u001b[2J\n`,
      /x\.conf:3: the endpoint/,
    ],
    ['a peer without a key', '[Peer]\nAllowedIPs = 10.0.0.1\n', /x\.conf:1: the \[Peer\] section lacks/],
    ['no peer at all', '', /there is no node/],
  ])('refuses %s, and says where it is', async (_, text, message) => {
    const { exitCode, stdout, stderr } = await run('wireguard', fileOf('x.conf', text));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('refuses two hosts of one name, and says how to tell them apart', async () => {
    const twice = `# web\n[Peer]\nPublicKey = ${b.key}\n# Web\n[Peer]\nPublicKey = ${c.key}\n`;
    const { exitCode, stderr } = await run('wireguard', fileOf('x.conf', twice));
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${b.key} and ${c.key} would both be web: name one of them with --name KEY=ID`);
  });

  it('shows no secret of a file, whatever is wrong with it', async () => {
    const bad = ofA.replace(`PrivateKey = ${a.secret}`, `PrivateKey = ${PSK}x`);
    const texts = [ofA, bad, `${ofA}\n[Peer]\nPresharedKey = ${PSK}\n`];
    for (const text of texts)
      for (const more of [[], ['--json']]) {
        const { stdout, stderr } = await run('wireguard', fileOf('gpu-1.conf', text), ...more);
        expect(`${stdout}${stderr}`).not.toContain(PSK);
        expect(`${stdout}${stderr}`).not.toContain(a.secret);
        expect(`${stdout}${stderr}`.toLowerCase()).not.toContain(PSK.toLowerCase().slice(0, 20));
      }
  });
});

/** The fields of headscale.v1.Node in the command's spelling, without what is not used. */
const NODES = [
  {
    id: 1,
    machine_key: 'mkey:00',
    ip_addresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'],
    name: 'GPU_1',
    user: { id: 1, name: 'ops' },
    given_name: 'gpu-1',
    forced_tags: ['tag:gpu', 'tag:edge'],
    online: true,
  },
  { id: 2, ip_addresses: ['100.64.0.2'], name: 'Anna’s Laptop', given_name: '' },
];

describe('import headscale', () => {
  it.each([
    ['the command', NODES],
    [
      'the API',
      {
        nodes: [
          { givenName: 'gpu-1', ipAddresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'], validTags: ['tag:gpu'] },
          { name: 'Anna’s Laptop', ipAddresses: ['100.64.0.2'] },
        ],
      },
    ],
  ])('reads the nodes as %s prints them, and gives classes by tags', async (_, value) => {
    const file = fileOf('nodes.json', JSON.stringify(value));
    const classes = ['--class-of', 'none=x', '--class-of', 'tag:gpu=inference', '--class-of', 'gpu=later'];
    expect(await listed('headscale', file, ...classes, '--class', 'edge')).toEqual([
      {
        node_id: 'anna-s-laptop',
        class: 'edge',
        from: 'Anna’s Laptop',
        endpoint: null,
        addresses: ['100.64.0.2'],
      },
      {
        node_id: 'gpu-1',
        class: 'inference',
        from: 'gpu-1',
        endpoint: null,
        addresses: ['100.64.0.1', 'fd7a:115c:a1e0::1'],
      },
    ]);
  });

  it.each([
    ['no JSON', '[', /is no JSON/],
    ['another list', '[1]', /is no list of headscale's nodes/],
    ['a node without a name', '[{"name":"…"}]', /node 1 has no name/],
    ['no node', '[]', /there is no node/],
  ])('refuses %s', async (_, text, message) => {
    const { exitCode, stdout, stderr } = await run('headscale', fileOf('nodes.json', text));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('--tokens', () => {
  const files = () => [fileOf('gpu-1.conf', ofA), fileOf('gpu-2.conf', ofB)];
  const tokens = () => readdirSync(folder).filter((name) => name.endsWith('.token'));

  it('makes a token for each node, good for it alone, in a file of its own', async () => {
    controller.answer({ 'POST /v1/tokens': { body: tokenAnswer } });
    const { exitCode, stdout, stderr } = await run(
      ...['wireguard', ...files(), '--tokens', folder, '--class', 'inference', '--ttl', '7d'],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('mesh-agent enrol --controller');
    expect(stdout).not.toContain(TOKEN);
    expect(tokens().slice(0, 2)).toEqual(['gpu-1.token', 'gpu-2.token']);
    for (const name of tokens()) {
      expect(readFileSync(join(folder, name), 'utf8')).toBe(`${TOKEN}\n`);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(controller.seen.map(({ body }) => body)).toEqual(
      tokens().map((name) => ({
        uses: 1,
        node_id: name.replace('.token', ''),
        class: 'inference',
        ttl_seconds: 604_800,
      })),
    );
  });

  it('goes on where an earlier run failed, and makes no token twice', async () => {
    controller.answer({
      'POST /v1/tokens': { status: 400, body: problem('invalid_message', 'no such class') },
    });
    const failed = await run('wireguard', ...files(), '--tokens', folder);
    expect(failed.exitCode).toBe(1);
    expect(tokens()).toEqual([]);
    writeFileSync(join(folder, 'gpu-1.token'), 'precious');
    controller.answer({ 'POST /v1/tokens': { body: tokenAnswer } });
    const { exitCode, stdout } = await run('wireguard', ...files(), '--tokens', folder);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/gpu-1 .*was there already\n/);
    expect(readFileSync(join(folder, 'gpu-1.token'), 'utf8')).toBe('precious');
    expect(controller.seen).toHaveLength(2);
    expect(tokens()).toHaveLength(3);
  });

  it('makes no token if the folder is missing', async () => {
    controller.answer({ 'POST /v1/tokens': { body: tokenAnswer } });
    const missing = join(folder, 'missing');
    const { exitCode, stderr } = await run('wireguard', ...files(), '--tokens', missing);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${join(missing, 'gpu-1.token')} cannot be made (ENOENT)`);
    expect(controller.seen).toEqual([]);
  });
});
