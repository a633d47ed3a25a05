import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN, tokenAnswer } from '../support/fixtures.ts';
import { meshctl, meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());
const run = (...args: string[]) => meshctl(args, { socket: controller.path });
const runHere = (...args: string[]) => meshctlHere(args, { socket: controller.path });
const granting = { 'POST /v1/tokens': { body: tokenAnswer } };
const SECRET = TOKEN.split('.')[2] ?? '';

describe('tokens create', () => {
  it('prints only the token on standard output, so that it can be piped', async () => {
    controller.answer(granting);
    const { exitCode, stdout, stderr } = await run('tokens', 'create');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${TOKEN}\n` });
    expect(stderr).toContain('expires   2026-01-05T13:00:00.000Z');
    expect(stderr).not.toContain(SECRET);
    expect(controller.seen).toEqual([{ line: 'POST /v1/tokens', body: {} }]);
  });

  it('sends the options that were given', async () => {
    controller.answer(granting);
    await run('tokens', 'create', '--uses', '3', '--ttl', '2h', '--class', 'gpu', '--node', 'node-a');
    const body = { uses: 3, ttl_seconds: 7200, class: 'gpu', node_id: 'node-a' };
    expect(controller.seen).toEqual([{ line: 'POST /v1/tokens', body }]);
  });

  it('--json prints one document and nothing else', async () => {
    controller.answer(granting);
    const { exitCode, stdout, stderr } = await run('--json', 'tokens', 'create', '--node-id', 'node-a');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ schema_version: 1, ...tokenAnswer });
  });

  it.each([[[]], [['--json']]])('--out keeps the token off the terminal (%j)', async (json) => {
    controller.answer(granting);
    const path = join(controller.directory, `token${json.length}`);
    const { exitCode, stdout, stderr } = await run('tokens', 'create', '--out', path, ...json);
    expect(exitCode).toBe(0);
    expect(`${stdout}${stderr}`).not.toContain(SECRET);
    expect(stdout).toContain(path);
    expect(readFileSync(path, 'utf8')).toBe(`${TOKEN}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    if (json.length > 0) {
      const { token: _secret, ...rest } = tokenAnswer;
      expect(JSON.parse(stdout)).toEqual({ schema_version: 1, ...rest, token_file: path });
    }
  });

  it('--out does not overwrite an existing file, and no token is made', async () => {
    controller.answer(granting);
    const path = join(controller.directory, 'precious');
    const link = join(controller.directory, 'link');
    writeFileSync(path, 'precious');
    symlinkSync(join(controller.directory, 'nowhere'), link);
    for (const target of [path, link]) {
      const { exitCode, stderr } = await runHere('tokens', 'create', '--out', target);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('is there already');
    }
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(controller.seen).toEqual([]);
  });

  it('--out into a folder that does not exist makes no token', async () => {
    controller.answer(granting);
    const { exitCode, stderr } = await runHere(
      'tokens',
      'create',
      '--out',
      join(controller.directory, 'no', 'file'),
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain('ENOENT');
    expect(controller.seen).toEqual([]);
  });

  it('a refusal leaves no file behind', async () => {
    const details = problem('invalid_message', 'class: the policy has no class gpu');
    controller.answer({ 'POST /v1/tokens': { status: 400, body: details } });
    const path = join(controller.directory, 'refused');
    const { exitCode, stdout, stderr } = await run('tokens', 'create', '--class', 'gpu', '--out', path);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('the policy has no class gpu');
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['--uses', '0'],
    ['--uses', '-1'],
    ['--uses', '1.5'],
    ['--uses', 'many'],
    ['--uses', '10001'],
    ['--ttl', '3600'],
    ['--ttl', '59s'],
    ['--ttl', '31d'],
    ['--ttl', '1w'],
    ['--ttl', '-1h'],
    ['--class', 'Not A Class'],
    ['--class', 'a\nb'],
    ['--node', '..'],
    ['--node', 'Node-A'],
    ['--nonsense', 'x'],
  ])('%s %j is refused before any request', async (flag, value) => {
    controller.answer(granting);
    const { exitCode, stdout, stderr } = await runHere('tokens', 'create', flag, value);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(flag);
    expect(controller.seen).toEqual([]);
  });
});
