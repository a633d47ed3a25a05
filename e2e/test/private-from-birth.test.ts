// No other user can open a file of the programs, not even between its creation and a chmod.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programFile } from '@mesh/host/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/index.ts';
import { type Birth, type TracedProgram, traceFiles } from './support/file-births.ts';

type Program = 'controller' | 'node-agent' | 'cli';
let root: string;
/** The traced folder; the test's own files are beside it. */
let folder: string;
let traces = 0;

const node = (program: Program, ...args: readonly string[]) => [
  ...[process.execPath, '--conditions=@mesh/source'],
  ...[programFile(join(import.meta.dirname, '../../apps', program, 'src/main.ts')), ...args],
];
const trace = (command: readonly string[]) => traceFiles(command, folder, join(root, `trace-${++traces}`));
const at = (name: string) => join(folder, name);

/** The names of the files. A temporary file has the name that it gets in the end. */
const namesOf = (births: readonly Birth[]) =>
  new Set(births.map(({ path }) => path.replace(/(^|\/)\.([^/]+)\.\d+-\d+\.[0-9a-f]{16}\.tmp$/, '$1$2')));

/** `status.json` has no secrets, so a group may read it. */
function openToOthers(births: readonly Birth[]): string[] {
  const isWide = ({ path, mode }: Birth) =>
    (mode & (/(^|\/)\.?status\.json/.test(path) ? 0o037 : 0o077)) !== 0;
  return births.filter(isWide).map(({ path, mode }) => `${path} ${mode.toString(8)}`);
}

async function endOf(program: TracedProgram): Promise<readonly Birth[]> {
  const { code, births } = await program.ended();
  expect(code, program.output()).toBe(0);
  return births;
}

let controller: TracedProgram;
let controllerConfig: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mesh-births-'));
  folder = join(root, 'traced');
  mkdirSync(folder, { mode: 0o755 });
  controllerConfig = join(root, 'controller.json');
  const listener = { host: '127.0.0.1', port: 0 };
  const settings = {
    data_dir: at('data'),
    master_key_file: at('master.key'),
    nodes: listener,
    public: listener,
  };
  writeFileSync(controllerConfig, JSON.stringify(settings));
});
afterAll(() => {
  if (controller !== undefined && existsSync(`/proc/${controller.pid}`))
    process.kill(controller.pid, 'SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

it('positive control: a file, a folder and a socket that are made private afterwards are found', async () => {
  const script = `const fs = require('node:fs'); const at = (name) => ${JSON.stringify(folder)} + '/' + name;
    fs.writeFileSync(at('wide'), ''); fs.chmodSync(at('wide'), 0o600);
    fs.mkdirSync(at('folder')); fs.chmodSync(at('folder'), 0o700);
    fs.writeFileSync(at('private'), '', { mode: 0o600 });
    const server = require('node:net').createServer().listen(at('socket'), () => {
      fs.chmodSync(at('socket'), 0o600); server.close(); });`;
  const births = await endOf(trace([process.execPath, '-e', script]));
  expect(openToOthers(births)).toEqual(['wide 666', 'folder 777', 'socket 777']);
  expect([...namesOf(births)]).toContain('private');
  for (const name of ['wide', 'private']) expect(statSync(at(name)).mode & 0o777).toBe(0o600);
  for (const name of readdirSync(folder)) rmSync(at(name), { recursive: true });
});

describe('with umask 0 every file of', () => {
  it('mesh-controller init is private from birth', async () => {
    const births = await endOf(trace(node('controller', 'init', '-c', controllerConfig)));
    expect([...namesOf(births)]).toEqual(
      expect.arrayContaining(['master.key', 'data', 'data/controller.db', 'data/controller.lock']),
    );
    expect(openToOthers(births)).toEqual([]);
  });

  it('mesh-controller serve, meshctl and mesh-agent is, too', async () => {
    controller = trace(node('controller', 'serve', '-c', controllerConfig));
    await controller.says('controller is up');
    const { public_port } = /"public_port":(?<public_port>\d+)/.exec(controller.output())?.groups ?? {};

    const ctl = (...args: readonly string[]) =>
      endOf(trace(node('cli', '--socket', at('data/admin.sock'), ...args)));
    const operators = [
      ...(await ctl('tokens', 'create', '--out', at('token'))),
      ...(await ctl('officers', 'keygen', '--out', at('officer.key'))),
    ];
    expect([...namesOf(operators)]).toEqual(['token', 'officer.key']);

    const state = ['--state-dir', at('agent/state')];
    const enrolling = await endOf(
      trace(
        node(
          'node-agent',
          ...['enrol', '--controller', `https://127.0.0.1:${public_port}`, '--node-id', 'node-a'],
          ...['--token-file', at('token'), ...state],
        ),
      ),
    );
    const enrolled = [
      'agent',
      'agent/state',
      'agent/state/agent.lock',
      'agent/state/keys',
      'agent/state/enrolment.json',
    ];
    expect([...namesOf(enrolling)]).toEqual(expect.arrayContaining(enrolled));

    const scores = join(root, 'scores.json');
    writeFileSync(scores, '{"scores":{"overall":0.9}}');
    const up = (...more: readonly string[]) =>
      node('node-agent', 'up', ...state, '--benchmark-file', scores, ...more);
    const agent = trace(up('--dry-run'));
    const wanted = ['lease.json', 'sequences.json', 'journal.sqlite', 'control.sock'];
    await until(
      'the agent to have stored what it stores',
      60_000,
      () => wanted.every((name) => existsSync(at(`agent/state/${name}`))) || undefined,
    );
    execFileSync(process.execPath, node('node-agent', 'down', ...state, '--json').slice(1), {
      stdio: 'ignore',
    });
    const running = await endOf(agent);
    expect([...namesOf(running)]).toEqual(
      expect.arrayContaining([...wanted, 'journal.sqlite-wal'].map((name) => `agent/state/${name}`)),
    );

    process.kill(controller.pid, 'SIGTERM');
    const serving = await endOf(controller);
    expect([...namesOf(serving)]).toEqual(
      expect.arrayContaining(
        ['controller.db-wal', 'controller.db-shm', 'admin.sock', 'status.json'].map((name) => `data/${name}`),
      ),
    );
    expect(openToOthers([...operators, ...enrolling, ...running, ...serving])).toEqual([]);
    // No file was opened to others later.
    expect(wideUnder(folder)).toEqual([]);
  });

  it('mesh-agent with an interface, its process and its kernel rules is', async () => {
    const runtime = ['unshare', '-n', 'env', `MESH_AGENT_RUNTIME_DIR=${at('run')}`];
    const state = ['--state-dir', at('agent/state')];
    const agent = trace([
      ...runtime,
      ...node('node-agent', 'up', ...state, '--interface', 'birth0', '--tunnel', 'userspace'),
    ]);
    await agent.says('agent started');
    execFileSync(process.execPath, node('node-agent', 'down', ...state, '--json').slice(1), {
      stdio: 'ignore',
    });
    const births = await endOf(agent);
    expect([...namesOf(births)]).toEqual(
      expect.arrayContaining(['run', 'run/birth0.lock', 'run/birth0.process.json']),
    );
    expect(openToOthers(births)).toEqual([]);
  });
});

function wideUnder(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((name) => (statSync(name).mode & (name.endsWith('status.json') ? 0o037 : 0o077)) !== 0);
}
