// The program `mesh-agent enrol` against this controller when it cannot succeed: the message for its user,
// and the exit code for scripts.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programFile } from '@mesh/host/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolTestNode, startTestController, type TestController } from '../support/index.ts';

const AGENT = programFile(fileURLToPath(new URL('../../../node-agent/src/main.ts', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'mesh-enrol-'));
let controller: TestController;

beforeAll(async () => {
  controller = await startTestController({ config: { public_names: ['127.0.0.1', 'mesh.example'] } });
});
afterAll(async () => {
  await controller.close();
  rmSync(folder, { recursive: true, force: true });
});

let runs = 0;
async function enrol(url: string, token: string): Promise<{ exitCode: number | null; stderr: string }> {
  const tokenFile = join(folder, `token-${++runs}`);
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const stateDir = join(folder, `state-${runs}`);
  const flags = [
    '--controller',
    url,
    '--node-id',
    'node-n',
    '--token-file',
    tokenFile,
    '--state-dir',
    stateDir,
  ];
  const child = spawn(process.execPath, ['--conditions=@mesh/source', AGENT, 'enrol', ...flags], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  expect(stderr).not.toContain(token);
  return { exitCode, stderr };
}

describe('mesh-agent enrol at a controller under load', () => {
  it('does the work that is asked for, says so, and is let in', async () => {
    await using busy = await startTestController({
      config: {
        limits: { node_per_minute: 1_000, address_per_minute: 1_000, enrolments_per_minute: 1 },
      },
    });
    await busy.public.challenge();
    const { exitCode, stderr } = await enrol(busy.publicUrl, await busy.token());
    expect(stderr).toContain('asks for some seconds of work');
    expect(exitCode).toBe(0);
    expect(busy.running.services.view.node('node-n')?.status).toBe('active');
  });
});

describe('mesh-agent enrol says what is wrong', () => {
  it('at the nodes port: it is the wrong listener', async () => {
    const { exitCode, stderr } = await enrol(controller.nodesUrl, await controller.token());
    expect(stderr).toContain('this is the nodes port of a controller; enrolment is on its public port');
    expect(exitCode).toBe(2);
  });

  it('at a port for plain HTTP, and with a plain HTTP address', async () => {
    const plain = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    const token = await controller.token();
    const answered = await enrol(`https://127.0.0.1:${port}`, token);
    expect(answered.stderr).toContain('not in TLS');
    expect(answered.exitCode).toBe(2);
    plain.close();
    const asked = await enrol(controller.publicUrl.replace('https', 'http'), token);
    expect(asked.stderr).toContain('write https://host:port');
    expect(asked.exitCode).toBe(2);
  });

  it('at a name that the certificate lacks: names those that it has', async () => {
    const url = controller.publicUrl.replace('127.0.0.1', 'localhost');
    const { exitCode, stderr } = await enrol(url, await controller.token());
    expect(stderr).toContain('lacks the name localhost; it has: ');
    expect(stderr).toContain('DNS:mesh.example');
    expect(stderr).toContain('IP Address:127.0.0.1');
    expect(exitCode).toBe(3);
  });

  it("with another mesh's token: the token pins another CA", async () => {
    await using other = await startTestController();
    const { exitCode, stderr } = await enrol(controller.publicUrl, await other.token());
    expect(stderr).toContain('does not show the CA that the join token pins');
    expect(exitCode).toBe(3);
  });

  it('if the overlay is full: a separate exit code, and a warning in the controller’s log', async () => {
    await using full = await startTestController({ config: { networks: ['10.77.0.0/30'] } });
    for (const nodeId of ['node-a', 'node-b']) (await enrolTestNode(full, nodeId)).close();
    const { exitCode, stderr } = await enrol(full.publicUrl, await full.token());
    expect(exitCode).toBe(10);
    expect(stderr).toContain('addresses_exhausted');
    expect(stderr).toContain('setting networks');
    expect(stderr).not.toContain('run the same command again');
    const line = full.logLines.find((text) => text.includes('10.77.0.0/30'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'warn',
      node_id: 'node-n',
      code: 'addresses_exhausted',
    });
  });
});
