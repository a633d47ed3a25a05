// meshctl against the controller itself, both from source: the other side of every test beside this one.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogPage, parseJoinToken } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctl } from './meshctl.ts';

const CONTROLLER = join(import.meta.dirname, '..', '..', 'controller', 'src', 'main.ts');
const folder = mkdtempSync(join(tmpdir(), 'meshctl-real-'));
const configFile = join(folder, 'controller.json');
const socket = join(folder, 'data', 'admin.sock');
const command = (name: string) => ['--conditions=@mesh/source', CONTROLLER, name, '--config', configFile];
const env = { PATH: process.env.PATH };
let controller: ChildProcess | undefined;

beforeAll(async () => {
  const config = {
    mesh_id: 'demo',
    data_dir: join(folder, 'data'),
    master_key_file: join(folder, 'master.key'),
    nodes: { host: '127.0.0.1', port: 0 },
    public: { host: '127.0.0.1', port: 0 },
    // One boundary a day: what opens an epoch here is the test.
    epoch_seconds: 86_400,
  };
  writeFileSync(configFile, JSON.stringify(config));
  execFileSync(process.execPath, command('init'), { env });
  const child = spawn(process.execPath, command('serve'), { env, stdio: ['ignore', 'pipe', 'inherit'] });
  controller = child;
  // It says when all of its doors are open.
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.on('exit', (code) => reject(new Error(`the controller ended with ${code}: ${log}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('controller is up')) resolve();
    });
  });
});

afterAll(async () => {
  if (controller !== undefined && controller.exitCode === null) {
    const ended = new Promise((resolve) => controller?.once('exit', resolve));
    controller.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

const json = async <T>(...args: string[]): Promise<T> => {
  const { exitCode, stdout, stderr } = await meshctl(['--json', ...args], { socket });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as T;
};

describe('the real controller', () => {
  it('makes a token that an agent can read, and logs it without its secret', async () => {
    const { exitCode, stdout } = await meshctl(['tokens', 'create', '--node', 'node-a', '--ttl', '5m'], {
      socket,
    });
    expect(exitCode).toBe(0);
    const { tokenId, caPins } = parseJoinToken(stdout);
    expect(caPins).toHaveLength(1);
    const log = await json<LogPage>('log');
    expect(JSON.stringify(log)).toContain(tokenId);
    expect(JSON.stringify(log)).not.toContain(stdout.split('.')[2]);
  });

  it('lists no nodes before one has enrolled', async () => {
    expect(await json('nodes', 'list')).toEqual({ nodes: [] });
  });

  it('opens the next epoch on demand, one above, and the log grows by it', async () => {
    // While an epoch is pending, the start's own for one, that one is what a rotation names: let it come into force.
    const pending = await json<{ activate_at: string }>('epoch', 'rotate');
    const activateAtMs = Date.parse(pending.activate_at);
    await expect.poll(() => Date.now(), { timeout: 20_000 }).toBeGreaterThan(activateAtMs);
    const before = await json<LogPage>('log', '--limit', '1');
    const { epoch_id } = await json<{ epoch_id: number }>('epoch', 'status');
    const rotated = await json<{ epoch_id: number }>('epoch', 'rotate');
    expect(rotated.epoch_id).toBe(epoch_id + 1);
    const { entries, size } = await json<LogPage>('log', '--from', String(before.size));
    expect(size).toBeGreaterThan(before.size);
    expect(entries[0]?.index).toBe(before.size);
    expect(entries.map(({ entry }) => entry.type)).toContain('epoch_opened');
  });

  it('refuses what it does not know: exit code 1', async () => {
    const { exitCode, stderr } = await meshctl(['nodes', 'quarantine', 'node-x', '--reason', 'x'], {
      socket,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('not_found');
    const token = await meshctl(['tokens', 'create', '--class', 'no-such-class'], { socket });
    expect(token.exitCode).toBe(1);
    expect(token.stdout).toBe('');
  });
});
