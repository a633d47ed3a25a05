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
    expect(JSON.parse((await run('--json', 'epoch', 'status')).stdout)).toEqual({
      schema_version: 1,
      ...epochAnswer,
    });
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
      'GET /v1/log/entries?from=0&limit=1': { body: logPage },
      'GET /v1/log/entries?from=248&limit=2': { body: logPage },
    });
    const { exitCode, stdout } = await run('log', '--limit', '2');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^248 {4}2026-01-05T12:34:50.123Z {2}node_denied {3}node-c {2}7 /m);
    expect(stdout).toContain('{"reason_code":"below_threshold","reason":{"overall":0.4}}');
    expect(stdout).toContain('entries in all  250');
    expect(paths()).toEqual(['GET /v1/log/entries?from=0&limit=1', 'GET /v1/log/entries?from=248&limit=2']);
  });

  it('begins at an index when one is given', async () => {
    controller.answer({ 'GET /v1/log/entries?from=5&limit=100': { body: logPage } });
    const { stdout } = await runHere('log', '--from', '5', '--json');
    expect(JSON.parse(stdout)).toEqual({ schema_version: 1, ...logPage });
    expect(paths()).toEqual(['GET /v1/log/entries?from=5&limit=100']);
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

describe('log key', () => {
  it('shows the name of the log and its keys', async () => {
    controller.answer({
      'GET /v1/log/key': { body: { origin: 'example.com/log', verifier_keys: ['example.com/log+00+AQ=='] } },
    });
    const { stdout } = await runHere('log', 'key');
    expect(stdout).toBe('origin        example.com/log\nverifier key  example.com/log+00+AQ==\n');
  });
});

describe('audit', () => {
  const lines = () => controller.seen.map(({ line }) => line.replace('GET /v1/log/entries?', ''));
  const page = (size: number, indices: readonly number[], next: number) => ({
    body: {
      size,
      root_hash: logPage.root_hash,
      entries: indices.map((index) => ({ index, entry: { ...logPage.entries[0]?.entry, index } })),
      next,
    },
  });

  it('search goes on until there is enough or the log ends', async () => {
    controller.answer({
      'GET /v1/log/entries?from=0&node=node-c&type=node_denied&limit=2': page(9_000, [7], 4_000),
      'GET /v1/log/entries?from=4000&node=node-c&type=node_denied&limit=1': page(9_000, [], 8_000),
      'GET /v1/log/entries?from=8000&node=node-c&type=node_denied&limit=1': page(9_000, [], 9_000),
    });
    const { stdout } = await runHere(
      '--json',
      'audit',
      'search',
      '--node',
      'node-c',
      '--type',
      'node_denied',
      '--limit',
      '2',
    );
    expect((JSON.parse(stdout) as { index: number }[]).map(({ index }) => index)).toEqual([7]);
    expect(lines()).toHaveLength(3);
  });

  it('search --since asks for what was written since then', async () => {
    controller.answer({});
    await runHere('audit', 'search', '--since', '2h');
    expect(lines()[0]).toMatch(/^from=0&since=\d{4}-\d\d-\d\dT\S+Z&limit=20$/);
  });

  it('tail shows the newest that fit among the last thousands', async () => {
    controller.answer({
      'GET /v1/log/entries?from=0&limit=1': page(9_000, [0], 1),
      'GET /v1/log/entries?from=5000&node=node-c&limit=1000': page(9_000, [5_001, 6_000, 8_999], 9_000),
    });
    const { stdout } = await runHere('--json', 'audit', 'tail', '--node', 'node-c', '--limit', '2');
    expect((JSON.parse(stdout) as { index: number }[]).map(({ index }) => index)).toEqual([6_000, 8_999]);
  });

  it('tail --follow asks again where the last answer ended, until it fails', async () => {
    controller.answer({
      'GET /v1/log/entries?from=0&limit=1': page(3, [0], 1),
      'GET /v1/log/entries?from=2&limit=1000': page(3, [2], 3),
      'GET /v1/log/entries?from=3&follow=1': { body: page(3, [4], 0).body.entries[0] as object },
      'GET /v1/log/entries?from=5&follow=1': { body: { next: 9 } },
    });
    const { stdout, exitCode } = await runHere('--json', 'audit', 'tail', '--follow', '--limit', '1');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { index: number }).index),
    ).toEqual([2, 4]);
    expect(lines().at(-1)).toBe('from=9&follow=1');
    expect(exitCode).not.toBe(0);
  });

  it.each([
    ['search', '--limit', '1001'],
    ['search', '--since', 'yesterday'],
    ['tail', '--limit', 'all'],
  ])('%s %s %s is wrong usage', async (...words) => {
    controller.answer({});
    expect((await runHere('audit', ...words)).exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });
});
