// meshctl against a real controller, both from source. Most other tests in this folder use a fake one.

import { type LogPage, parseJoinToken } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctl } from './support/meshctl.ts';
import { RunningController } from './support/running-controller.ts';

const controller = new RunningController();
const { socket } = controller;

// There is one boundary per day, so that only the test opens epochs.
beforeAll(() => controller.start({ epoch_seconds: 86_400 }));

afterAll(() => controller.stop());

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
    expect(await json('nodes', 'list')).toEqual({ schema_version: 1, nodes: [] });
  });

  it('opens the next epoch on demand, with the next higher id, and the log grows', async () => {
    // While an epoch is pending, such as the one of the start, a rotation returns that one. So the test waits
    // until it is in force.
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
    const reset = await meshctl(['nodes', 'reset-sequence', 'node-x', '--reason', 'x'], { socket });
    expect(reset.exitCode).toBe(1);
    expect(reset.stderr).toContain('not_found: there is no node node-x');
    const token = await meshctl(['tokens', 'create', '--class', 'no-such-class'], { socket });
    expect(token.exitCode).toBe(1);
    expect(token.stdout).toBe('');
  });
});
