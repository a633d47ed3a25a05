import { execFileSync, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composePorts } from '../src/compose.ts';
import { run } from '../src/run.ts';
import { nodeA, nodeWithLongName } from './support/fixtures.ts';
import { MAIN } from './support/meshctl.ts';
import { SocketServer } from './support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());

const SCRIPT = '/usr/bin/script';
const GREEN = '\u001b[32m';
const REVOKE = 'POST /v1/nodes/node-a/revoke';

/** Runs meshctl on a pseudo-terminal, made by script(1). The text is typed when the question is shown. */
function atTerminal(args: readonly string[], typed = '', env: Readonly<Record<string, string>> = {}) {
  const quoted = [process.execPath, '--conditions=@mesh/source', MAIN, ...args]
    .map((part) => `'${part.replaceAll("'", "'\\''")}'`)
    .join(' ');
  const child = spawn(SCRIPT, ['-qefc', quoted, '/dev/null'], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      TERM: 'xterm',
      MESH_SOCKET: controller.path,
      ...env,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const asked = output.includes('go on:');
    output += chunk.toString();
    if (!asked && output.includes('go on:')) child.stdin.write(typed);
  });
  return new Promise<{ exitCode: number | null; output: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}

it('script(1) is installed, to make terminals', () => {
  expect(execFileSync(SCRIPT, ['--version'], { encoding: 'utf8' })).toContain('util-linux');
});

describe('colours', () => {
  beforeAll(() => controller.answer({ 'GET /v1/nodes': { body: { nodes: [nodeA] } } }));

  it('are used on a terminal', async () => {
    const { exitCode, output } = await atTerminal(['nodes', 'list']);
    expect(exitCode).toBe(0);
    expect(output).toContain(`${GREEN}ALLOWED`);
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('are left out with %j', async (env) => {
    const { output } = await atTerminal(['nodes', 'list'], '', env);
    expect(output).toContain('ALLOWED');
    expect(output).not.toContain('\u001b[');
  });

  it('do not shift the columns', async () => {
    const written: string[] = [];
    const ports = { ...composePorts(), colours: true, writeOut: (text: string) => void written.push(text) };
    controller.answer({ 'GET /v1/nodes': { body: { nodes: [nodeA, nodeWithLongName] } } });
    expect(await run(['--socket', controller.path, 'nodes', 'list'], ports)).toBe(0);
    expect(written.join('')).toContain(GREEN);
    const plain = stripVTControlCharacters(written.join('')).trimEnd().split('\n');
    const columns = plain.map((line) => line.search(/REASON|overall 0|quarantined by/));
    expect(new Set(columns).size).toBe(1);
  });
});

describe('revoking at a terminal', () => {
  it('revokes when the id is typed', async () => {
    controller.answer({ [REVOKE]: { body: nodeWithLongName } });
    const { exitCode, output } = await atTerminal(['nodes', 'revoke', 'node-a', '--reason', 'x'], 'node-a\n');
    expect(output).toContain('cannot be undone');
    expect(exitCode).toBe(0);
    expect(controller.seen).toEqual([{ line: REVOKE, body: { reason: 'x' } }]);
  });

  it.each(['yes\n', 'node-b\n', '\n', '\u0004'])('does nothing when %j is typed', async (typed) => {
    controller.answer({ [REVOKE]: { body: nodeWithLongName } });
    const { exitCode } = await atTerminal(['nodes', 'revoke', 'node-a', '--reason', 'x'], typed);
    expect(exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });
});
