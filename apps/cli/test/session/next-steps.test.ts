// Every way in which meshctl can fail: the exit code, and one line that names the object and says what to do
// next. The tests also assert that the line has no misleading words. The controller is a real one.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ed25519PublicKey, encodeBase64 } from '@mesh/primitives';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/errors/exit-codes.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { RunningController } from '../support/running-controller.ts';

const controller = new RunningController();
const { socket, folder } = controller;
const SEED = new Uint8Array(32).fill(5);
const at = (name: string) => join(folder, name);
const DAY = 86_400;

beforeAll(async () => {
  const alice = { name: 'alice', public_key: encodeBase64(ed25519PublicKey(SEED)) };
  await controller.start({ epoch_seconds: DAY, officers: [alice], policy: { classes: [{ name: 'batch' }] } });
  writeFileSync(at('alice.key'), `${encodeBase64(SEED)}\n`, { mode: 0o600 });
  writeFileSync(at('mallory.key'), `${encodeBase64(new Uint8Array(32).fill(6))}\n`, { mode: 0o600 });
  writeFileSync(at('garbage.key'), 'garbage', { mode: 0o600 });
  writeFileSync(at('open.key'), `${encodeBase64(SEED)}\n`);
  chmodSync(at('open.key'), 0o644);
});
afterAll(() => controller.stop());

async function fails(
  args: readonly string[],
  code: keyof typeof exitCodes,
  says: readonly string[],
  saysNot: readonly string[] = [],
  socketPath = socket,
): Promise<void> {
  const { exitCode, stdout, stderr } = await meshctlHere(args, { socket: socketPath });
  expect(stderr).toMatch(/^meshctl: [^\n]+\n$/);
  for (const part of says) expect(stderr).toContain(part);
  for (const part of saysNot) expect(stderr).not.toContain(part);
  expect({ exitCode, stdout }).toEqual({ exitCode: exitCodes[code], stdout: '' });
}

const maintenance = (key: string, time = '30m') => [
  ...['maintenance', 'start', '--for', time, '--reason', 'disks', '--key', at(key)],
];

describe('what the controller refuses', () => {
  it.each([
    ...['show', 'quarantine', 'release', 'reset-sequence'].map((command) => [command]),
    ['revoke', '--yes'],
  ])('nodes %s of an unknown node: names it, and says how to list the nodes', async (command, ...more) => {
    const reason = command === 'show' ? [] : ['--reason', 'x'];
    await fails(['nodes', command, 'node-x', ...reason, ...more], 'refused', [
      'there is no node node-x; list them with: meshctl nodes list',
    ]);
  });

  it('a class that the policy does not have: names those that it has', () =>
    fails(['tokens', 'create', '--class', 'gold'], 'refused', [
      'no class gold, but default, batch',
      'meshctl policy set',
    ]));

  it('a token for one node and many uses', () =>
    fails(['tokens', 'create', '--node', 'a', '--uses', '2'], 'refused', ['uses: ', 'good for one use']));

  it('the end of planned work that has not begun', () =>
    fails(['maintenance', 'end'], 'refused', ['nothing to end'], ['try again']));

  it('a key that may not sign: names the officers that may', () =>
    fails(maintenance('mallory.key'), 'refused', [
      'officer_unknown',
      'not signed by alice',
      'meshctl officers list',
    ]));

  it('a longer window than is allowed', () =>
    fails(maintenance('alice.key', '25h'), 'refused', ['more than 24 h']));

  it('anything while another process holds its database: points to the log, because trying again does not help', async () => {
    const script = `const { DatabaseSync } = require('node:sqlite'); globalThis.db = new DatabaseSync(process.argv[1]);
      db.exec('BEGIN IMMEDIATE'); console.log('held'); setInterval(() => db, 60000);`;
    const args = ['--disable-warning=ExperimentalWarning', '-e', script, at('data/controller.db')];
    const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    try {
      const out = at('held.token');
      await fails(
        ['tokens', 'create', '--out', out],
        'refused',
        ['storage_unavailable', "controller's log says why", 'when that has passed'],
        ['free space'],
      );
      // If no token was made, no file is left.
      expect(existsSync(out)).toBe(false);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
  });
});

describe('values', () => {
  it.each([
    [
      ['log', '--limit', '0'],
      ['--limit: ', 'from 1 to 1000'],
    ],
    [['tokens', 'create', '--uses', '0'], ['--uses: give a whole number from 1 to 10000']],
    [['tokens', 'create', '--ttl', '1s'], ['--ttl: give a time from 60s to 30d']],
    [['tokens', 'create', '--ttl', '40d'], ['--ttl: give a time from 60s to 30d']],
    [['tokens', 'create', '--class', 'No Class'], ['--class: must be 1 to 32 characters']],
    [['nodes', 'revoke', 'node-x', '--reason', 'x'], ['say --yes']],
  ])('%j: names the flag and the form', (args, says) => fails(args, 'usage', says));

  it.each([
    [['nodes', 'show', 'UPPER'], "'UPPER' is invalid"],
    [['nodes', 'quarantine', 'node-x'], "'--reason <text>' not specified"],
    [['nodes', 'quarantine', 'node-x', '--reason', ''], 'Give one line of text'],
    [['log', '--from', '-1'], 'Give a whole number'],
    [
      ['maintenance', 'start', '--for', 'long', '--reason', 'x', '--key', 'k'],
      'Write it like 90s, 30m, 1h or 7d',
    ],
    [['nodes', 'list', '--frobnicate'], "unknown option '--frobnicate'"],
  ])('%j: says what is wrong, and where help is', async (args, says) => {
    const { exitCode, stderr } = await meshctlHere(args, { socket });
    expect(stderr).toMatch(/^error: [^\n]+\n\(meshctl --help shows what there is\)\n$/);
    expect(stderr).toContain(says);
    expect(exitCode).toBe(exitCodes.usage);
  });
});

describe('files', () => {
  it.each([
    ['missing.key', ['missing.key does not exist', 'meshctl officers keygen', '--key']],
    ['garbage.key', ["garbage.key holds no officer's key", 'meshctl officers keygen']],
    ['open.key', ['(mode 0644)', 'chmod 600']],
  ])('the key %s', (key, says) => fails(maintenance(key), 'usage', says));

  it('that already exist are not overwritten with a secret', () =>
    fails(['tokens', 'create', '--out', at('open.key')], 'usage', ['is there already', '--out']));

  it('in a missing directory cannot get a secret', () =>
    fails(['tokens', 'create', '--out', at('no/token')], 'usage', [
      'ENOENT',
      `make the directory ${at('no')} first`,
    ]));

  it.each([
    ['tokens', 'create'],
    ['officers', 'keygen'],
  ])(
    'for a secret on a full file system, %s %s: says that it is full, and leaves no file',
    async (...command) => {
      const full = at(`full-${command.join('-')}`);
      mkdirSync(full);
      // The file system has one page. The entries of the directory do not use it.
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,mode=0700', 'none', full]);
      try {
        writeFileSync(join(full, 'ballast'), Buffer.alloc(4096));
        await fails(
          [...command, '--out', join(full, 'secret')],
          'usage',
          [`${join(full, 'secret')} (ENOSPC)`, `the file system of ${full} is full: free space there`],
          ["controller's log", socket],
        );
        expect(readdirSync(full)).toEqual(['ballast']);
      } finally {
        execFileSync('umount', ['-l', full]);
      }
    },
  );
});

describe('no controller', () => {
  it.each([
    [
      'a socket that is not there',
      'none.sock',
      ['there is no socket at', 'mesh-controller serve', '--socket'],
    ],
    ['a file', 'open.key', ['nobody listens at', 'or that is not a socket', '--socket']],
    ['a path below a file', 'open.key/x', ['is not a socket', '--socket']],
    ['a path that is too long', 'x'.repeat(150), ['too long for a socket', '107 bytes', '--socket']],
  ])('%s', (_what, name, says) =>
    fails(['nodes', 'list'], 'unreachable', [at(name), ...says], ['localhost'], at(name)),
  );

  it('a socket that closes at once', async () => {
    const path = at('closing.sock');
    const server = createServer((connection) => connection.destroy()).listen(path);
    await once(server, 'listening');
    await fails(
      ['nodes', 'list'],
      'unreachable',
      [path, 'closed the connection without an answer'],
      [],
      path,
    );
    server.close();
  });

  it('an empty --socket counts as not given', async () => {
    const { exitCode } = await meshctlHere(['--socket', '', 'nodes', 'list'], { socket });
    expect(exitCode).toBe(exitCodes.ok);
  });
});
