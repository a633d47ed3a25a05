// meshctl over the network against a real controller, with a key, a certificate and a profile. Every command
// is tried in network-commands.test.ts.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LogPage, parseAdminKey } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctl, meshctlHere } from '../support/meshctl.ts';
import { RunningController } from '../support/running-controller.ts';

const controller = new RunningController();
const { folder, socket } = controller;
const file = (name: string) => join(folder, name);
const CONFIG_HOME = file('config');
const PROFILES = join(CONFIG_HOME, 'aligned-mesh', 'profiles.json');

beforeAll(async () => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ed25519',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Admins',
  );
  openssl(
    'req',
    '-newkey',
    'ed25519',
    '-nodes',
    '-keyout',
    'alice.key',
    '-out',
    'alice.csr',
    '-subj',
    '/CN=alice',
  );
  openssl('x509', '-req', '-in', 'alice.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-out', 'alice.pem');
  chmodSync(file('alice.key'), 0o600);
  await controller.start({
    epoch_seconds: 86_400,
    limits: { address_per_minute: 10_000 },
    admin_ca_file: file('ca.pem'),
    admin_certificates: [{ common_name: 'alice', role: 'viewer' }],
  });
  for (const role of ['operator', 'viewer']) {
    const args = ['keys', 'create', '--name', role, '--role', role, '--out', file(`${role}.key`)];
    expect((await meshctlHere(args, { socket })).exitCode).toBe(0);
  }
});
afterAll(() => controller.stop());

const door = (keyFile: string) => [
  ...['--controller', controller.publicUrl, '--ca-pin', controller.caPin],
  ...['--key-file', file(keyFile)],
];
const asOperator = (...args: string[]) => meshctlHere([...door('operator.key'), ...args]);

describe('meshctl keys create', () => {
  it('writes the key into a private file, or prints it alone', async () => {
    expect(statSync(file('operator.key')).mode & 0o777).toBe(0o600);
    const made = await meshctlHere(['keys', 'create', '--name', 'x', '--role', 'viewer', '--ttl', '1h'], {
      socket,
    });
    expect(made.exitCode).toBe(0);
    const { keyId } = parseAdminKey(made.stdout);
    expect(made.stderr).toContain(keyId);
    expect(made.stderr).toContain(`--ca-pin ${controller.caPin}`);
    const json = await asOperator(
      '--json',
      'keys',
      'create',
      '--name',
      'y',
      '--role',
      'viewer',
      '--out',
      file('y.key'),
    );
    expect(JSON.parse(json.stdout)).toMatchObject({ key_file: file('y.key'), ca_pins: [controller.caPin] });
    expect(json.stdout).not.toContain(readFileSync(file('y.key'), 'utf8').trim());
  });

  it.each([
    ['a role that there is not', ['--name', 'x', '--role', 'root'], 'operator'],
    ['no role', ['--name', 'x'], '--role'],
    ['a name of two lines', ['--name', 'a\nb', '--role', 'viewer'], '--name'],
    ['years', ['--name', 'a', '--role', 'viewer', '--ttl', '400d'], '--ttl'],
  ])('refuses %s', async (_what, flags, message) => {
    const { exitCode, stderr } = await meshctlHere(['keys', 'create', ...flags], { socket });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('over the network', () => {
  it.each([
    [['nodes', 'list'], 0],
    [['epoch', 'status'], 0],
    [['epoch', 'rotate'], 0],
    [['log'], 0],
    [['maintenance', 'status'], 0],
    [['keys', 'list'], 0],
    [['tokens', 'create'], 0],
    // Refused for what they ask, as at the socket.
    [['nodes', 'show', 'node-x'], 1],
    [['nodes', 'quarantine', 'node-x', '--reason', 'x'], 1],
    [['nodes', 'release', 'node-x', '--reason', 'x'], 1],
    [['nodes', 'revoke', 'node-x', '--reason', 'x', '--yes'], 1],
    [['nodes', 'reset-sequence', 'node-x', '--reason', 'x'], 1],
    [['maintenance', 'end'], 1],
  ])('%j does what it does at the socket', async (args, code) => {
    const there = await asOperator(...args);
    const here = await meshctlHere(args, { socket });
    expect([there.exitCode, here.exitCode]).toEqual([code, code]);
    if (code !== 0) expect(there.stderr).toBe(here.stderr);
  });

  it('starts planned work with the signature of an officer who is not known', async () => {
    await meshctlHere(['officers', 'keygen', '--out', file('officer.key')]);
    const args = ['maintenance', 'start', '--for', '5m', '--reason', 'x', '--key', file('officer.key')];
    const { exitCode, stderr } = await asOperator(...args);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('officer_unknown')]);
  });

  it('logs who did it', async () => {
    const { stdout } = await asOperator('--json', 'log');
    const { keyId } = parseAdminKey(readFileSync(file('operator.key'), 'utf8'));
    const { entries } = JSON.parse(stdout) as LogPage;
    const byKey = entries.filter(({ entry }) => (entry.data as { actor_id?: string }).actor_id === keyId);
    expect(byKey.map(({ entry }) => entry.type)).toContain('token_created');
  });

  it('says which role is needed', async () => {
    const { exitCode, stderr } = await meshctlHere([...door('viewer.key'), 'epoch', 'rotate']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('needs the role operator')]);
  });

  it('takes a certificate of the admin CA', async () => {
    const flags = ['--controller', controller.publicUrl, '--ca-pin', controller.caPin];
    const certificate = ['--cert-file', file('alice.pem'), '--cert-key-file', file('alice.key')];
    expect((await meshctl([...flags, ...certificate, 'nodes', 'list'])).exitCode).toBe(0);
    const { exitCode, stderr } = await meshctlHere([...flags, ...certificate, 'epoch', 'rotate']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('forbidden')]);
  });

  it('takes a key that was ended for none', async () => {
    const path = file('short.key');
    await asOperator('keys', 'create', '--name', 'short', '--role', 'viewer', '--out', path);
    const { keyId } = parseAdminKey(readFileSync(path, 'utf8'));
    expect((await meshctlHere([...door('short.key'), 'nodes', 'list'])).exitCode).toBe(0);
    const ended = await asOperator('keys', 'expire', keyId);
    expect([ended.exitCode, ended.stdout]).toEqual([0, expect.stringContaining(keyId)]);
    const { exitCode, stderr } = await meshctlHere([...door('short.key'), 'nodes', 'list']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('unauthenticated')]);
  });
});

describe('a profile', () => {
  const env = { XDG_CONFIG_HOME: CONFIG_HOME };
  const write = (profiles: unknown) => {
    mkdirSync(join(CONFIG_HOME, 'aligned-mesh'), { recursive: true });
    writeFileSync(PROFILES, typeof profiles === 'string' ? profiles : JSON.stringify(profiles));
  };
  const list = (...flags: string[]) => meshctlHere([...flags, 'nodes', 'list'], { env });

  it('names controller, pin and key, and flags go before it', async () => {
    const prod = {
      controller: controller.publicUrl,
      ca_pins: [controller.caPin],
      key_file: '../../operator.key',
    };
    write({ prod });
    expect(await list('--profile', 'prod')).toMatchObject({ exitCode: 0, stderr: '' });
    const other = await list('--profile', 'prod', '--key-file', file('none.key'));
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining('none.key')]);
  });

  it.each([
    ['another name', { dev: {} }, 'has no profile prod, but: dev'],
    ['the name of a property of every object', { dev: {} }, 'has no profile'],
    ['no object', { prod: 7 }, 'must be an object'],
    ['an unknown field', { prod: { key: 'mesh_key_' } }, 'prod.key is unknown'],
    ['one pin that is no list', { prod: { ca_pins: 'x' } }, 'must be a list'],
    ['a number', { prod: { controller: 7 } }, 'must be a text'],
    ['a list', [], 'must be an object of profiles'],
    ['no JSON', '{', 'is not JSON'],
  ])('with %s is refused', async (what, profiles, message) => {
    write(profiles);
    const name = what.startsWith('the name') ? 'constructor' : 'prod';
    const { exitCode, stderr } = await list('--profile', name);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('that others can change is refused: it says where the key is sent', async () => {
    write({});
    chmodSync(PROFILES, 0o664);
    const { exitCode, stderr } = await list('--profile', 'prod');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('chmod go-w')]);
    chmodSync(PROFILES, 0o600);
  });

  it('without a file says how to write one', async () => {
    const { exitCode, stderr } = await meshctlHere(['--profile', 'prod', 'nodes', 'list'], {
      env: { XDG_CONFIG_HOME: file('nowhere') },
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('ENOENT')]);
  });
});

describe('flags that do not name one door', () => {
  const url = 'https://127.0.0.1:1';
  const pin = 'A'.repeat(43);
  it.each([
    ['no pin', ['--controller', url, '--key-file', 'k'], 'mesh-controller init prints it'],
    ['no address', ['--ca-pin', pin, '--key-file', 'k'], '--controller https://'],
    ['no credentials', ['--controller', url, '--ca-pin', pin], '--key-file'],
    ['half a certificate', ['--controller', url, '--ca-pin', pin, '--cert-file', 'c'], '--cert-key-file'],
    ['plain HTTP', ['--controller', 'http://h', '--ca-pin', pin, '--key-file', 'k'], 'https://HOST:PORT'],
    ['a path', ['--controller', `${url}/x`, '--ca-pin', pin, '--key-file', 'k'], 'nothing after it'],
    ['a password', ['--controller', 'https://u:p@h', '--ca-pin', pin, '--key-file', 'k'], 'nothing after it'],
    ['half a pin', ['--controller', url, '--ca-pin', 'x', '--key-file', 'k'], '43 characters'],
    ['a socket too', ['--socket', 's', '--controller', url, '--ca-pin', pin, '--key-file', 'k'], '--socket'],
    ['no key file', ['--controller', url, '--ca-pin', pin, '--key-file', '/none'], '/none does not exist'],
  ])('%s: nothing is sent', async (_what, flags, message) => {
    const { exitCode, stderr } = await meshctlHere([...flags, 'nodes', 'list']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('a key file', () => {
  it('that others can read is refused', async () => {
    const path = file('open.key');
    writeFileSync(path, readFileSync(file('viewer.key')));
    chmodSync(path, 0o640);
    const { exitCode, stderr } = await meshctlHere([...door('open.key'), 'nodes', 'list']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('chmod 600')]);
  });

  it('with something else is refused, without being shown', async () => {
    const secret = `mesh_key_${'a'.repeat(16)}_${'b'.repeat(72)}`;
    writeFileSync(file('odd.key'), secret, { mode: 0o600 });
    const { exitCode, stderr } = await meshctlHere([...door('odd.key'), 'nodes', 'list']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('checksum')]);
    expect(stderr).not.toContain('bbbb');
  });
});

describe('another controller than the pinned one', () => {
  it('gets nothing secret', async () => {
    const flags = ['--controller', controller.publicUrl, '--ca-pin', 'A'.repeat(43)];
    const { exitCode, stderr } = await meshctlHere([
      ...flags,
      '--key-file',
      file('viewer.key'),
      'nodes',
      'list',
    ]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('does not show the CA of --ca-pin')]);
  });
});
