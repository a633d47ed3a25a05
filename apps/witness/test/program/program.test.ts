// The program itself: init, which may be repeated; exit codes; kill -9.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programFile } from '@mesh/host/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { VERSION } from '../../src/version.ts';
import { logKeys, ORIGIN, TestLog } from '../support/log.ts';

const MAIN = programFile(join(import.meta.dirname, '../../src/main.ts'));
const NODE = ['--conditions=@mesh/source', '--disable-warning=ExperimentalWarning', MAIN];
const log = new TestLog();

let directory: string;
let config: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-witness-'));
  config = join(directory, 'witness.json');
  const settings = {
    name: 'w.example/1',
    data_dir: join(directory, 'data'),
    listen: { port: 0 },
    logs: [{ origin: ORIGIN, keys: logKeys }],
  };
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function run(...args: string[]) {
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...NODE, ...args], {
    encoding: 'utf8',
    env,
  });
  return { code: status, out: stdout, err: stderr };
}

async function serve(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [...NODE, 'serve', '-c', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('"witness is up"')) return { child, url: `http://127.0.0.1:${JSON.parse(line).port}` };
  throw new Error('the witness ended');
}

const post = (url: string, body: string) => fetch(`${url}/add-checkpoint`, { method: 'POST', body });

it('init makes what only its owner can read, and a second run changes nothing', () => {
  const fresh = join(directory, 'fresh/witness.yaml');
  const flags = ['-c', fresh, '--name', 'w.example/2', '--data-dir', join(directory, 'fresh/data')];
  const first = run('init', '--json', ...flags);
  expect([first.code, first.err]).toEqual([0, '']);
  const made = JSON.parse(first.out);
  expect(made).toMatchObject({ keysCreated: true, configCreated: true, configFile: fresh });
  expect(made.verifierKeys.map((key: string) => key.split('+')[0])).toEqual(['w.example/2', 'w.example/2']);
  for (const file of [made.keyFile, made.database]) expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = run('init', '--json', '-c', fresh);
  expect(JSON.parse(again.out)).toEqual({ ...made, keysCreated: false, configCreated: false });
  expect(readFileSync(fresh, 'utf8')).toContain('name: "w.example/2"');
});

it('keys and database that do not belong together are refused, with what to do', async () => {
  expect(run('serve', '-c', config)).toMatchObject({ code: 2, err: expect.stringContaining('witness init') });
  run('init', '-c', config);
  const renamed = run('serve', '-c', config, '--name', 'w.example/9');
  expect(renamed).toMatchObject({
    code: 2,
    err: expect.stringContaining('belongs to the keys of w.example/1'),
  });
  const { child, url } = await serve();
  expect((await post(url, log.growth(0, 5))).status).toBe(200);
  // A second one over the same folder could sign what the first one has not seen.
  expect(run('serve', '-c', config)).toMatchObject({ code: 5, err: expect.stringContaining('is held by') });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  const keys = join(directory, 'data/witness.key');
  const bytes = readFileSync(keys);
  rmSync(keys);
  expect(run('init', '-c', config)).toMatchObject({
    code: 2,
    err: expect.stringContaining(`restore ${keys}`),
  });
  writeFileSync(keys, bytes, { mode: 0o600 });
  for (const file of ['witness.db', 'witness.db-wal', 'witness.db-shm'])
    rmSync(join(directory, 'data', file), { force: true });
  for (const command of ['init', 'serve'])
    expect(run(command, '-c', config)).toMatchObject({
      code: 2,
      err: expect.stringContaining('a witness that has forgotten a head may sign a fork'),
    });
});

it('killed at any moment, it has on disk what it has cosigned', async () => {
  run('init', '-c', config);
  let acknowledged = 0;
  for (let round = 0; round < 2; round++) {
    const { child, url } = await serve();
    const exited = once(child, 'exit');
    const last = acknowledged;
    for (;;) {
      const size = acknowledged + 1;
      const answer = await post(url, log.growth(acknowledged, size)).catch(() => undefined);
      if (answer === undefined) break;
      if (answer.status === 409) acknowledged = Number(await answer.text());
      else if (answer.status === 200) acknowledged = size;
      if (acknowledged === last + 6) child.kill('SIGKILL');
    }
    await exited;
  }
  const { child, url } = await serve();
  const forked = new TestLog({ forkedFrom: acknowledged - 1 });
  // The other history of what was acknowledged last is refused, and the log goes on from there.
  expect((await post(url, forked.growth(acknowledged - 1, acknowledged))).status).toBe(409);
  const answer = await post(url, log.growth(0, acknowledged + 2));
  const known = Number(await answer.text());
  expect(known - acknowledged === 0 || known - acknowledged === 1).toBe(true);
  expect((await post(url, log.growth(known, acknowledged + 2))).status).toBe(200);
  child.kill('SIGKILL');
});

it('--help lists commands and exit codes, --version is that of the package', () => {
  const { code, out } = run('--help');
  expect(code).toBe(0);
  for (const part of ['init', 'serve', 'configtest', 'Exit codes']) expect(out).toContain(part);
  expect(run('--version').out).toBe(`${packageJson.version}\n`);
  expect(VERSION).toBe(packageJson.version);
});
