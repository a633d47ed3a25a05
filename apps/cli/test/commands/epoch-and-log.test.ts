import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epochAnswer, logPage } from '../support/fixtures.ts';
import { meshctl, meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());
const run = (...args: string[]) => meshctl(args, { socket: controller.path });
const runHere = (...args: string[]) => meshctlHere(args, { socket: controller.path });

describe('epoch', () => {
  it('status shows the epoch and who is in it', async () => {
    controller.answer({ 'GET /v1/epoch': { body: epochAnswer } });
    const { exitCode, stdout } = await run('epoch', 'status');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('epoch       7\n');
    expect(stdout).toContain('nodes       2, of which 1 allowed\n');
    expect(stdout).toMatch(/^node-c {2}DENIED {6}overall 0.40 is below 0.70$/m);
  });

  it('status --json prints one document', async () => {
    controller.answer({ 'GET /v1/epoch': { body: epochAnswer } });
    expect(JSON.parse((await run('--json', 'epoch', 'status')).stdout)).toEqual(epochAnswer);
  });

  it('rotate says when the next epoch takes effect', async () => {
    const body = { status: 'rotate triggered', epoch_id: 8, activate_at: '2026-01-05T12:35:05.000Z' };
    controller.answer({ 'POST /v1/rotate': { body } });
    const { exitCode, stdout } = await runHere('epoch', 'rotate');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'next epoch    8\ntakes effect  2026-01-05T12:35:05.000Z\n',
    });
  });
});

describe('log', () => {
  const paths = () => controller.seen.map(({ line }) => line);

  it('shows the newest entries when no index is given', async () => {
    controller.answer({
      'GET /v1/log?from=0&limit=1': { body: logPage },
      'GET /v1/log?from=248&limit=2': { body: logPage },
    });
    const { exitCode, stdout } = await run('log', '--limit', '2');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^248 {4}2026-01-05T12:34:50.123Z {2}node_denied {3}node-c {2}7 /m);
    expect(stdout).toContain('{"reason_code":"below_threshold","reason":{"overall":0.4}}');
    expect(stdout).toContain('entries in all  250');
    expect(paths()).toEqual(['GET /v1/log?from=0&limit=1', 'GET /v1/log?from=248&limit=2']);
  });

  it('begins at an index when one is given', async () => {
    controller.answer({ 'GET /v1/log?from=5&limit=100': { body: logPage } });
    const { stdout } = await runHere('log', '--from', '5', '--json');
    expect(JSON.parse(stdout)).toEqual(logPage);
    expect(paths()).toEqual(['GET /v1/log?from=5&limit=100']);
  });

  it.each([
    ['--limit', '0'],
    ['--limit', '1001'],
    ['--limit', 'all'],
    ['--from', '-1'],
    ['--from', '1e3'],
  ])('%s %s is wrong usage', async (flag, value) => {
    controller.answer({});
    const { exitCode, stderr } = await runHere('log', flag, value);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(flag);
    expect(controller.seen).toEqual([]);
  });
});
