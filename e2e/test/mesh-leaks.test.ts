// The search that every mesh of the lab makes when it stops: a planted secret in each kind of place is found,
// in every spelling, and those at home are not.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adminKeyIdOf,
  formatAdminKey,
  formatJoinToken,
  parseAdminKey,
  parseJoinToken,
  tokenIdOf,
} from '@mesh/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { filesIn, findSpelled, type Place } from '../lab/leaks/find-spelled.ts';
import { notingSecrets } from '../lab/leaks/handed-out.ts';
import { presharedKeysOf } from '../lab/leaks/preshared-keys.ts';
import { processOf, processPlaces } from '../lab/leaks/running-processes.ts';
import { SpelledSearch } from '../lab/leaks/spelled-search.ts';
import { spellingsOf } from '../lab/leaks/spellings.ts';

const secretOf = (fill: number) => Uint8Array.from({ length: 32 }, (_, at) => (fill * 37 + at * 11) % 256);
const known = (name: string, home?: string) => ({ name, bytes: secretOf(name.length), home });

it('finds each secret in each spelling, wherever it stands, and no other', () => {
  const secrets = [1, 2, 3, 4, 5].map(secretOf);
  const search = new SpelledSearch(secrets);
  for (const [index, secret] of secrets.entries())
    for (const spelling of spellingsOf(secret))
      for (const [before, after] of [
        ['', ''],
        ['x', ''],
        ['', 'x'],
        [`${spelling.toString('latin1').slice(0, 5)}`, '\n'],
      ]) {
        const content = Buffer.concat([
          Buffer.from(before ?? '', 'latin1'),
          spelling,
          Buffer.from(after ?? ''),
        ]);
        expect([...search.in(content)]).toEqual([index]);
        expect(search.in(content.subarray(0, -1 - (after ?? '').length)).size).toBe(0);
      }
  expect(search.in(Buffer.alloc(0)).size + search.in(Buffer.alloc(1)).size).toBe(0);
});

it.each([0, 1, 2, 3])('finds a secret in base64 with %i other bytes before it', (before) => {
  const secret = secretOf(1);
  const whole = Buffer.concat([Buffer.alloc(before, 0xa5), secret, Buffer.from('and more')]);
  for (const encoding of ['base64', 'base64url'] as const)
    expect(new SpelledSearch([secret]).in(Buffer.from(`"${whole.toString(encoding)}"`)).size).toBe(1);
});

it('finds a planted secret in a file, an answer, arguments and an environment, and lets those at home be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-leaks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a', 'keys'), secretOf('key'.length));
  writeFileSync(
    join(folder, 'a', 'agent.log'),
    `{"msg":"${Buffer.from(secretOf('key'.length)).toString('hex')}"}`,
  );
  const text = Buffer.from(secretOf('token'.length)).toString('base64');
  const places: Place[] = [
    ...filesIn(folder),
    { name: 'metrics', kind: 'response', content: Buffer.from(`mesh_up{token="${text}"} 1`) },
    ...processPlaces([
      { pid: 1, cmdline: Buffer.from(`node\0--token=${text}\0`), environ: Buffer.from(`T=${text}`) },
    ]),
  ];
  expect(findSpelled([known('key', 'a/keys'), known('token')], places)).toEqual([
    { secret: 'key', place: 'a/agent.log', kind: 'file' },
    { secret: 'token', place: 'metrics', kind: 'response' },
    expect.objectContaining({ secret: 'token', kind: 'arguments' }),
    expect.objectContaining({ secret: 'token', kind: 'environment' }),
  ]);
});

it('sees the arguments of this very process', () => {
  expect(processOf(process.pid).cmdline.toString()).toContain(process.argv0.split('/').at(-1));
});

it('knows tokens and API keys as they are made', async () => {
  const noted: string[] = [];
  const token = formatJoinToken({
    tokenId: tokenIdOf(secretOf(3).subarray(0, 9)),
    secret: secretOf(1),
    caPins: [secretOf(4)],
  });
  const key = formatAdminKey({ keyId: adminKeyIdOf(secretOf(5).subarray(0, 8)), secret: secretOf(2) });
  const admin = {
    createToken: async () => ({ token }),
    createKey: async () => ({ key }),
    health: () => 'ok',
  };
  const client = notingSecrets(admin as never, (secrets) => {
    noted.push(...secrets.map(({ name, bytes }) => `${name} ${Buffer.from(bytes).toString('hex')}`));
  });
  expect(await client.createToken({})).toEqual({ token });
  expect(await client.createKey({ name: 'k', role: 'viewer' })).toEqual({ key });
  expect(client.health()).toBe('ok');
  const hex = (text: string | Uint8Array) => Buffer.from(text as never).toString('hex');
  expect(noted).toEqual([
    `join token made on the way ${hex(token)}`,
    `secret in the join token made on the way ${hex(parseJoinToken(token).secret)}`,
    `API key made on the way ${hex(key)}`,
    `secret in the API key made on the way ${hex(parseAdminKey(key).secret)}`,
  ]);
});

it('knows the preshared keys that a userspace WireGuard has, and asks none that is not there', async () => {
  const root = mkdtempSync(join(tmpdir(), 'mesh-keys-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  expect(await presharedKeysOf(root)).toEqual([]);
  mkdirSync(join(root, 'run', 'wireguard'), { recursive: true });
  writeFileSync(join(root, 'run', 'wireguard', 'left.sock'), '');
  const hex = Buffer.from(secretOf(7)).toString('hex');
  const server = createServer((socket) => {
    socket.once('data', (asked) => {
      expect(asked.toString()).toBe('get=1\n\n');
      socket.write(`private_key=${'1'.repeat(64)}\npublic_key=${'2'.repeat(64)}\npreshared_key=${hex}\n`);
      socket.write(`public_key=${'3'.repeat(64)}\npreshared_key=${'0'.repeat(64)}\nerrno=0\n\n`);
    });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(join(root, 'run', 'wireguard', 'lab0.sock'), resolve));
  const found = await presharedKeysOf(root);
  expect(found.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')])).toEqual([
    ['preshared key', hex],
  ]);
});
