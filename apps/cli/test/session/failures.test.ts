import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { problem } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composePorts } from '../../src/compose.ts';
import { run } from '../../src/run.ts';
import { explainFailure } from '../../src/session/explain-failure.ts';
import { VERSION } from '../../src/version.ts';
import { epochAnswer } from '../support/fixtures.ts';
import { meshctl, meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
const folder = mkdtempSync(join(tmpdir(), 'meshctl-none-'));
beforeAll(() => controller.open());
afterAll(async () => {
  await controller.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a controller that cannot be reached: exit code 3 and what to do', () => {
  it('no socket', async () => {
    const path = join(folder, 'admin.sock');
    const { exitCode, stdout, stderr } = await meshctl(['--json', 'nodes', 'list'], { socket: path });
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain(`no socket at ${path}`);
    expect(stderr).toContain('mesh-controller serve');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('the default path is named when nothing else was', async () => {
    const path = '/var/lib/aligned-mesh/admin.sock';
    expect(existsSync(path)).toBe(false);
    const { exitCode, stderr } = await meshctl(['nodes', 'list']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(path);
  });

  it('a file that nobody listens on', async () => {
    const path = join(folder, 'plain-file');
    writeFileSync(path, '');
    const { exitCode, stderr } = await meshctlHere(['nodes', 'list', '--socket', path]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(path);
    expect(stderr).toContain('--socket');
  });

  it('a socket that this user may not open', async () => {
    const errors: string[] = [];
    const ports = { ...composePorts(), writeError: (text: string) => void errors.push(text) };
    chmodSync(controller.path, 0o000);
    // File modes do not stop root, so the test becomes another user for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await run(['--socket', controller.path, 'nodes', 'list'], ports)).toBe(3);
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(controller.path, 0o600);
    }
    expect(errors.join('')).toContain("run meshctl as the controller's user");
  });

  it.each([
    ['HTML', { text: '<html>' }],
    ['another shape', { body: { epoch: 1 } }],
    ['a bare failure', { status: 500, text: 'Internal Server Error' }],
  ])('something that answers with %s', async (_what, reply) => {
    controller.answer({ 'GET /v1/epoch': reply });
    const { exitCode, stderr } = await meshctlHere(['epoch', 'status'], { socket: controller.path });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("is not a controller's socket");
  });

  it('a socket that speaks TLS, and one that speaks no HTTP', async () => {
    const tlsPath = join(folder, 'tls.sock');
    const textPath = join(folder, 'text.sock');
    const tls = createTlsServer({ minVersion: 'TLSv1.3' }).listen(tlsPath);
    const text = createServer((connection) => connection.end('SSH-2.0-other\r\n')).listen(textPath);
    tls.on('tlsClientError', () => undefined);
    const atTls = await meshctlHere(['nodes', 'list', '--socket', tlsPath]);
    expect(atTls.exitCode).toBe(3);
    expect(atTls.stderr).toContain('speaks no plain HTTP (TLS perhaps)');
    const atText = await meshctlHere(['nodes', 'list', '--socket', textPath]);
    expect(atText.exitCode).toBe(3);
    expect(atText.stderr).toContain('does not speak HTTP');
    tls.close();
    text.close();
  });

  it('no answer in time: the request may have been carried out', () => {
    const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    expect(explainFailure(late, () => ({ kind: 'socket', path: '/s' }))).toMatchObject({
      code: 'unreachable',
    });
    expect(explainFailure(late, () => ({ kind: 'socket', path: '/s' })).message).toContain(
      'may have happened',
    );
  });
});

describe('a controller that refuses: exit code 1', () => {
  it('says when to try again', async () => {
    const body = problem('storage_unavailable', 'nothing was changed; send the request again');
    controller.answer({ 'POST /v1/rotate': { status: 503, headers: { 'retry-after': '7' }, body } });
    const { exitCode, stderr } = await meshctlHere(['epoch', 'rotate'], { socket: controller.path });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('storage_unavailable');
    expect(stderr).toContain('try again in 7 s');
  });

  it('cannot write control characters to the terminal', async () => {
    const body = problem('state_conflict', 'a\u001b]0;owned\u0007\r\nmeshctl: all is well\u202e');
    controller.answer({ 'POST /v1/rotate': { status: 409, body } });
    const { stderr } = await meshctlHere(['epoch', 'rotate'], { socket: controller.path });
    expect(stderr.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('usage', () => {
  it.each([
    [[]],
    [['nonsense']],
    [['nodes']],
    [['nodes', 'show']],
    [['nodes', 'list', 'extra']],
    [['--socket']],
  ])('%j is exit code 2', async (args) => {
    const { exitCode, stdout, stderr } = await meshctlHere(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it('--help lists the commands and the exit codes', async () => {
    const { exitCode, stdout } = await meshctl(['--help']);
    expect(exitCode).toBe(0);
    for (const text of [
      'tokens',
      'nodes',
      'epoch',
      'log',
      '--socket',
      '--json',
      'Exit codes:',
      'MESH_SOCKET',
    ])
      expect(stdout).toContain(text);
    expect(stdout).toMatch(/0 {2}done\n {2}1 {2}.*\n {2}2 {2}.*\n {2}3 {2}/);
  });

  it('--version is that of the package', async () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../..', 'package.json'), 'utf8'));
    expect(VERSION).toBe(manifest.version);
    expect((await meshctl(['--version'])).stdout).toBe(`${VERSION}\n`);
  });

  it('--socket wins over MESH_SOCKET', async () => {
    controller.answer({ 'GET /v1/epoch': { body: epochAnswer } });
    const elsewhere = join(folder, 'elsewhere.sock');
    const args = ['epoch', 'status', '--socket', controller.path];
    expect((await meshctl(args, { socket: elsewhere })).exitCode).toBe(0);
  });
});
