import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logPage } from '../support/fixtures.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshctl-export-'));
const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(async () => {
  await controller.close();
  rmSync(folder, { recursive: true, force: true });
});
const run = (...args: string[]) => meshctlHere(['audit', 'export', ...args], { socket: controller.path });
const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
const [first, second] = logPage.entries;

describe('audit export', () => {
  it('writes a line for each entry, page after page, and says where to go on', async () => {
    controller.answer({
      'GET /v1/log/entries?from=0&limit=1000': { body: { ...logPage, entries: [first], next: 249 } },
      'GET /v1/log/entries?from=249&limit=1000': { body: { ...logPage, entries: [second], next: 250 } },
    });
    const { exitCode, stdout, stderr } = await run();
    expect(exitCode).toBe(0);
    expect(lines(stdout)).toEqual([first, second]);
    expect(stderr).toBe('exported up to entry 250: go on with --from 250\n');
  });

  it('goes on at an index, ends after as many as asked, and takes filters', async () => {
    controller.answer({
      'GET /v1/log/entries?from=249&node=node-c&type=node_denied&limit=1': {
        body: { ...logPage, entries: [second], next: 250 },
      },
    });
    const { stdout, stderr } = await run(
      ...['--from', '249', '--limit', '1', '--node', 'node-c', '--type', 'node_denied'],
    );
    expect(lines(stdout)).toEqual([second]);
    expect(stderr).toContain('--from 250');
  });

  it('signs in-toto attestations with the key that is named', async () => {
    controller.answer({ 'GET /v1/log/entries?from=0&limit=1000': { body: logPage } });
    const key = join(folder, 'auditor.key');
    writeFileSync(key, `${Buffer.alloc(32, 3).toString('base64')}\n`);
    chmodSync(key, 0o600);
    const { stdout } = await run('--format', 'in-toto', '--key', key);
    const [envelope] = lines(stdout) as { payload: string; payloadType: string; signatures: object[] }[];
    expect(lines(stdout)).toHaveLength(logPage.entries.length);
    expect(envelope).toMatchObject({
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ keyid: expect.any(String), sig: expect.any(String) }],
    });
    expect(JSON.parse(Buffer.from(envelope?.payload ?? '', 'base64').toString())).toMatchObject({
      subject: [{ name: 'demo/log/248' }],
      predicate: { entry: { index: 248 }, revealed: { reason: { overall: 0.4 } } },
    });
  });

  it.each([
    ['attestations without a key', ['--format', 'in-toto'], 2],
    ['a key that is none', ['--format', 'in-toto', '--key', join(folder, 'none')], 2],
    ['another format', ['--format', 'csv'], 2],
  ])('refuses %s', async (_, args, exitCode) => {
    expect(await run(...args)).toMatchObject({ exitCode, stdout: '' });
  });
});
