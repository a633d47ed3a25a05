// Processes that die: the one that drives a tunnel, wireguard-go, the one that holds the lock.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectCode } from '../../src/contract/expect-tunnel-error.ts';
import { makePeer, makePsk, makeUp, NOTHING_CHANGED } from '../../src/contract/samples.ts';
import { createInterfaceLock } from '../../src/linux/interface-lock.ts';
import {
  describeProcess,
  isRunning,
  readProcessRecord,
  writeProcessRecord,
} from '../../src/linux/process-record.ts';
import { retry } from '../../src/linux/retry.ts';
import { runOrThrow } from '../../src/linux/run-command.ts';
import type { ChildTask } from '../programs/tunnel-child.ts';
import { openKernelTunnel, openUapiTunnel, openWgToolTunnel } from '../support/adapters.ts';
import { NAME, timers } from '../support/fixtures.ts';
import { createLabHost, firstLine, type LabHost } from '../support/lab-host.ts';

let host: LabHost;
beforeEach(async () => {
  host = await createLabHost();
});
afterEach(async () => {
  await host.close();
});

const recordPath = () => join(host.runtimeDir, `${NAME}.process.json`);
const socketPath = () => join(host.socketDir, `${NAME}.sock`);

describe('a process that is killed', () => {
  it('leaves its tunnel running, and the next process adopts it with key and peers', async () => {
    const wanted = makeUp();
    const peer = makePeer(1);
    const child = await startChild({ kind: 'drive', wanted, peers: [peer] });
    const tunnel = openUapiTunnel(host);
    const before = await tunnel.read();
    const server = readProcessRecord(recordPath());
    await kill(child);
    expect(server !== undefined && isRunning(server)).toBe(true);
    expect(await tunnel.up(wanted)).toEqual({ ...NOTHING_CHANGED, state: before });
    await tunnel.setPresharedKeys([{ publicKey: peer.publicKey, presharedKey: makePsk() }]);
    await tunnel.down();
    expect(server !== undefined && isRunning(server)).toBe(false);
  });

  it('releases the lock that it held', async () => {
    const lock = createInterfaceLock({
      interfaceName: NAME,
      runtimeDir: host.runtimeDir,
      timers,
      timeoutMs: 100,
    });
    expect(await lock(async () => 'free')).toBe('free');
    const child = await startChild({ kind: 'hold-lock' });
    await expectCode(
      lock(async () => 'free'),
      'busy',
    );
    await kill(child);
    expect(await lock(async () => 'free')).toBe('free');
  });

  it('leaves key files only until the next change', async () => {
    const tunnel = openWgToolTunnel(host);
    await tunnel.up(makeUp());
    const leftover = join(host.runtimeDir, `${NAME}.keys-killed`);
    mkdirSync(leftover);
    writeFileSync(join(leftover, '0'), makePsk());
    const foreign = join(host.runtimeDir, 'other0.keys-live');
    mkdirSync(foreign);
    await tunnel.addPeers([makePeer(1)]);
    expect([existsSync(leftover), existsSync(foreign)]).toEqual([false, true]);
  });
});

describe('two adapters at once', () => {
  it.each([
    ['userspace API', openUapiTunnel],
    ['wg tool', openWgToolTunnel],
  ] as const)('interleave without losing a change: %s', async (_, open) => {
    const [one, two] = [open(host), open(host)];
    const wanted = makeUp();
    const reports = await Promise.all([one.up(wanted), two.up(wanted)]);
    expect(reports.map(({ kind }) => kind).sort()).toEqual(['adopted', 'created']);
    const peers = Array.from({ length: 12 }, (_, n) => makePeer(n + 1));
    await Promise.all(peers.map((peer, n) => (n % 2 === 0 ? one : two).addPeers([peer])));
    const removed = peers.slice(0, 6);
    const changed = peers.slice(6).map(({ publicKey }) => ({ publicKey, presharedKey: makePsk() }));
    await Promise.all([
      ...removed.map((peer) => two.removePeers([peer.publicKey])),
      ...changed.map((change) => one.setPresharedKeys([change])),
    ]);
    const left = (await one.read()).peers.map(({ publicKey }) => publicKey);
    expect(left).toEqual(changed.map(({ publicKey }) => publicKey).sort());
  });

  it('refuse to work while the other holds the lock for too long', async () => {
    await openUapiTunnel(host).up(makeUp());
    const lock = createInterfaceLock({ interfaceName: NAME, runtimeDir: host.runtimeDir, timers });
    await lock(async () => {
      for (const open of [openUapiTunnel, openWgToolTunnel]) {
        await expectCode(open(host, { lockTimeoutMs: 50 }).addPeers([makePeer(1)]), 'busy');
      }
    });
    expect((await openUapiTunnel(host).read()).peers).toEqual([]);
  });
});

describe('wireguard-go', () => {
  it('that was killed leaves a stale socket: read says not_up, up makes a new interface', async () => {
    const tunnel = openUapiTunnel(host);
    await tunnel.up(makeUp());
    await killServer();
    expect(existsSync(socketPath())).toBe(true);
    await expectCode(tunnel.read(), 'not_up');
    expect(await tunnel.up(makeUp())).toMatchObject({ kind: 'created', state: { peers: [] } });
  });

  it('that was killed leaves a stale socket: down takes it away', async () => {
    const tunnel = openUapiTunnel(host);
    await tunnel.up(makeUp());
    await killServer();
    await tunnel.down();
    expect([existsSync(socketPath()), existsSync(recordPath())]).toEqual([false, false]);
  });

  it('whose socket was deleted ends itself, and up makes a new one', async () => {
    const tunnel = openUapiTunnel(host);
    await tunnel.up(makeUp());
    await runOrThrow(host.run, 'rm', [`/run/wireguard/${NAME}.sock`]);
    expect(await tunnel.up(makeUp())).toMatchObject({ kind: 'created' });
  });

  it('that someone else started is adopted, and ended by down without a record', async () => {
    const stranger = spawn('nsenter', [...host.enter.slice(1), 'wireguard-go', '-f', NAME], {
      stdio: 'ignore',
    });
    await retry(async () => (existsSync(socketPath()) ? true : undefined), {
      timers,
      everyMs: 10,
      timeoutMs: 5000,
    });
    const tunnel = openUapiTunnel(host);
    expect(await tunnel.up(makeUp())).toMatchObject({ kind: 'adopted', privateKeyReplaced: false });
    const ended = new Promise((resolve) => stranger.on('close', resolve));
    await tunnel.down();
    await ended;
    await expectCode(tunnel.read(), 'not_up');
  });

  it('is recorded in a file that only its owner may read', async () => {
    await openUapiTunnel(host).up(makeUp());
    expect(statSync(recordPath()).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(recordPath(), 'utf8'))).toEqual({
      pid: expect.any(Number),
      startTicks: expect.stringMatching(/^\d+$/),
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it.each([
    ['another start time', { startTicks: '1' }],
    ['another boot', { bootId: '00000000-0000-0000-0000-000000000000' }],
  ])('is not mistaken for another process with its pid (%s)', async (_, difference) => {
    const stranger = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    const record = describeProcess(stranger.pid ?? 0);
    if (record === undefined) throw new Error('the stranger must run');
    expect(isRunning(record)).toBe(true);
    writeProcessRecord(recordPath(), { ...record, ...difference });
    await openUapiTunnel(host).down();
    expect(isRunning(record)).toBe(true);
    await kill(stranger);
    expect(isRunning(record)).toBe(false);
  });

  it.each([
    ['{'],
    ['null'],
    ['{"pid":1,"startTicks":"1","bootId":"x"}'],
    ['{"pid":-1,"startTicks":"1","bootId":"x"}'],
  ])('is not looked for if the record is invalid: %s', (text) => {
    writeFileSync(recordPath(), text);
    expect(readProcessRecord(recordPath())).toBeUndefined();
  });

  it('that cannot start is reported with its requirements, and leaves no record', async () => {
    const broken = join(host.runtimeDir, 'broken');
    writeFileSync(broken, '#!/bin/sh\nexit 1\n');
    chmodSync(broken, 0o755);
    for (const command of [broken, join(host.runtimeDir, 'missing')]) {
      const error = await expectCode(
        openUapiTunnel(host, { wireguardGoCommand: [command] }).up(makeUp()),
        'unavailable',
      );
      expect(error.message).toMatch(/wireguard-go/);
      expect(existsSync(recordPath())).toBe(false);
    }
  });

  it('does not take a name that another device has', async () => {
    await runOrThrow(host.run, 'ip', ['link', 'add', NAME, 'type', 'veth', 'peer', 'name', 'other']);
    await expectCode(openUapiTunnel(host).up(makeUp()), 'interface_taken');
    await expectCode(openKernelTunnel(host).up(makeUp()), 'interface_taken');
    await expectCode(openKernelTunnel(host).down(), 'interface_taken');
  });
});

describe('an interface of the same name in another network namespace, whose socket is in the same folder', () => {
  it('is neither adopted nor given another key, and down leaves it alone', async () => {
    const tunnel = openUapiTunnel(host);
    await tunnel.up(makeUp());
    await tunnel.addPeers([makePeer(1)]);
    const before = await tunnel.read();
    const neighbour = await createLabHost();
    try {
      const { socketDir, runtimeDir } = host;
      const second = openUapiTunnel({ ...neighbour, socketDir, runtimeDir });
      const error = await expectCode(second.up(makeUp()), 'interface_taken');
      expect(error.message).toContain('another network namespace');
      await second.down();
      expect(await tunnel.read()).toEqual(before);
    } finally {
      await neighbour.close();
    }
  });
});

async function startChild(task: Pick<ChildTask, 'kind' | 'wanted' | 'peers'>): Promise<ChildProcess> {
  const { enter, runtimeDir, socketDir } = host;
  const script = join(import.meta.dirname, '../programs/tunnel-child.ts');
  const argument = JSON.stringify({ ...task, enter, runtimeDir, socketDir } satisfies ChildTask);
  const child = spawn(process.execPath, ['--conditions=@mesh/source', script, argument], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // The child gets its own process group, so that `kill` can end the whole group, as Ctrl-C in a terminal
    // does.
    detached: true,
  });
  expect(await firstLine(child)).toBe('ready');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.on('close', resolve));
  // Kills the whole group if the child leads one: wireguard-go must survive because it left the group.
  if (child.pid !== undefined && !tryKill(-child.pid)) child.kill('SIGKILL');
  await ended;
}

function tryKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

async function killServer(): Promise<void> {
  const record = readProcessRecord(recordPath());
  if (record === undefined) throw new Error('wireguard-go must have been recorded');
  process.kill(record.pid, 'SIGKILL');
  await retry(async () => (isRunning(record) ? undefined : true), { timers, everyMs: 5, timeoutMs: 5000 });
}
