// meshctl maintenance and officers against the controller itself: an officer's key signs, the controller
// checks.

import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPage, MaintenanceStatus } from '@mesh/protocol';
import { verifyMessage } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { RunningController } from '../support/running-controller.ts';

const controller = new RunningController();
const { folder, socket } = controller;
const keyFile = join(folder, 'alice.key');
const strangerFile = join(folder, 'mallory.key');
let publicKey = '';

const keygen = async (file: string): Promise<string> => {
  const { exitCode, stdout } = await meshctlHere(['--json', 'officers', 'keygen', '--out', file]);
  expect(exitCode).toBe(0);
  return (JSON.parse(stdout) as { public_key: string }).public_key;
};
const start = (...more: string[]) =>
  meshctlHere(['--json', 'maintenance', 'start', '--for', '30m', '--reason', 'new disks', ...more], {
    socket,
  });

beforeAll(async () => {
  publicKey = await keygen(keyFile);
  await keygen(strangerFile);
  await controller.start({ officers: [{ name: 'alice', public_key: publicKey }] });
});

afterAll(() => controller.stop());

describe('officers keygen', () => {
  it('writes a seed that only its owner can read and never overwrites one', async () => {
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const before = readFileSync(keyFile, 'utf8');
    expect(Buffer.from(before, 'base64')).toHaveLength(32);
    const again = await meshctlHere(['officers', 'keygen', '--out', keyFile]);
    expect(again).toMatchObject({ exitCode: 2, stdout: '' });
    expect(readFileSync(keyFile, 'utf8')).toBe(before);
  });

  it('prints the public half alone', async () => {
    const { stdout, stderr } = await meshctlHere(['officers', 'keygen', '--out', join(folder, 'bob.key')]);
    const seed = readFileSync(join(folder, 'bob.key'), 'utf8').trim();
    expect(stdout).toMatch(/^public key +[A-Za-z0-9+/]{43}=$/m);
    expect(stdout + stderr).not.toContain(seed);
  });
});

describe('maintenance', () => {
  it('is started by an officer, shown, and ended; the log holds the signed request', async () => {
    const started = await start('--key', keyFile);
    expect(started).toMatchObject({ exitCode: 0, stderr: '' });
    const { window } = JSON.parse(started.stdout) as MaintenanceStatus;
    expect(window).toMatchObject({ officer: 'alice', reason: 'new disks' });
    const shown = await meshctlHere(['maintenance', 'status'], { socket });
    expect(shown.stdout).toContain('signed by');
    expect(shown.stdout).toContain(window?.until);
    expect((await meshctlHere(['maintenance', 'end'], { socket })).stdout).toContain('no maintenance');
    expect((await meshctlHere(['maintenance', 'end'], { socket })).exitCode).toBe(1);
    const log = JSON.parse((await meshctlHere(['--json', 'log'], { socket })).stdout) as LogPage;
    const entry = log.entries.find(({ entry: { type } }) => type === 'maintenance_started')?.entry;
    const { request } = (entry?.data ?? {}) as { request?: object };
    expect(verifyMessage('maintenance', request ?? {}, Buffer.from(publicKey, 'base64'))).toBe(true);
    expect(log.entries.at(-1)?.entry.type).toBe('maintenance_ended');
  });

  it('is refused with a key that is not an officer’s', async () => {
    const refused = await start('--key', strangerFile);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('officer_unknown');
  });

  it('is refused for longer than a day', async () => {
    const args = ['maintenance', 'start', '--for', '25h', '--reason', 'x', '--key', keyFile];
    expect(await meshctlHere(args, { socket })).toMatchObject({ exitCode: 1 });
  });

  it.each([
    ['that others can read', 0o644, 'chmod 600'],
    ['that holds something else', 0o600, 'officers keygen'],
  ])('takes no key file %s, and shows nothing of it', async (_what, mode, advice) => {
    const file = join(folder, `bad-${mode}.key`);
    writeFileSync(file, 'c2hvcnQ=\n');
    chmodSync(file, mode);
    const refused = await start('--key', file);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain(advice);
    expect(refused.stderr).not.toContain('c2hvcnQ');
  });
});
