// Every way in which the program can fail: the exit code, and one line that names the object and says what to
// do next. The tests also assert that the line has no misleading words: "run it again" if that cannot help,
// or "check the address" if the address is right.

import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/commands/exit-code.ts';
import { createControlClient } from '../../src/control/control-client.ts';
import { type AgentErrorCode, exitCodes, messageOf } from '../../src/errors/agent-error.ts';
import { startController } from '../support/agent-fixtures.ts';
import { enrolled, run } from '../support/agent-program.ts';
import { FakeController } from '../support/fake-controller.ts';

const NOBODY = 65_534;
let folder: string;
let controller: FakeController;
let names = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-agent-failures-'));
  controller = await FakeController.start();
});
afterAll(async () => {
  await controller.close();
  rmSync(folder, { recursive: true, force: true });
});

const fresh = (name: string) => join(folder, `${name}-${++names}`);
function file(name: string, text: string, mode = 0o600): string {
  const path = fresh(name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** Checks the exit code and the single line on standard error, after the program's name. */
async function fails(
  args: readonly string[],
  code: AgentErrorCode,
  says: readonly (string | RegExp)[],
  saysNot: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<void> {
  const ended = await run(args, env).exit;
  expect(ended.errors).toMatch(/^mesh-agent: [^\n]+\n$/);
  for (const part of says) expect(ended.errors).toMatch(part);
  for (const part of saysNot) expect(ended.errors).not.toContain(part);
  expect(ended.code, ended.errors).toBe(exitCodes[code]);
}

interface Enrolling {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly nodeId?: string;
  readonly stateDir?: string;
}
const enrol = ({ url, token, tokenFile, nodeId, stateDir }: Enrolling = {}) => [
  ...['enrol', '--controller', url ?? controller.publicUrl, '--node-id', nodeId ?? 'self'],
  ...['--token-file', tokenFile ?? file('token', token ?? controller.joinToken())],
  ...['--state-dir', stateDir ?? fresh('state')],
];
const AGAIN = 'run the same command again';

describe('enrol', () => {
  it('positive control: succeeds if nothing is wrong', async () => {
    expect(await run(enrol()).exit).toMatchObject({ code: 0, errors: '' });
  });

  it('with a missing token file says what belongs there', () =>
    fails(enrol({ tokenFile: join(folder, 'none') }), 'usage', [
      join(folder, 'none'),
      'meshctl tokens create',
      '--token-file',
    ]));

  it('with a token that others may read names the mode and the command', async () => {
    const tokenFile = file('token', controller.joinToken(), 0o644);
    await fails(enrol({ tokenFile }), 'usage', ['0644', `chmod 600 ${tokenFile}`]);
  });

  it.each([
    ['empty', ' \n', 'is empty: paste what meshctl tokens create printed'],
    ['something else', 'hunter2', 'does not start with meshjoin1; ask the operator'],
    ['cut short', 'meshjoin1.AAAAAAAAAAAA', 'is cut short; ask the operator'],
  ])('with a token that is %s', (_what, token, says) =>
    fails(enrol({ token }), 'usage', [says], ['hunter2']),
  );

  it.each([
    ['plain HTTP', 'http://127.0.0.1:1', 'write https://host:port'],
    ['no URL', 'mesh.example', 'https://host:port'],
    ['a path', 'https://127.0.0.1:1/v1', 'https://host:port'],
  ])('with an address that is %s gives the form', (_what, url, says) =>
    fails(enrol({ url }), 'usage', [says]),
  );

  it('with an invalid node id gives the form', () =>
    fails(enrol({ nodeId: 'Node_A' }), 'usage', ['--node-id: ', 'use 1 to 63 of a-z']));

  it('says so if nothing listens', async () => {
    const port = await unusedPort();
    await fails(enrol({ url: `https://127.0.0.1:${port}` }), 'unreachable', [
      `127.0.0.1:${port} cannot be reached (ECONNREFUSED): nothing listens there; check the port`,
    ]);
  });

  it('names a host name that does not exist', () =>
    fails(enrol({ url: 'https://mesh.invalid:8444' }), 'unreachable', [/\((ENOTFOUND|EAI_AGAIN)\): .*name/]));

  it('with a wrong secret asks for a new token and not for another try', async () => {
    const token = controller.joinToken().replace(/(meshjoin1\.[^.]+\.)[^.]+/, `$1${'A'.repeat(43)}`);
    await fails(enrol({ token }), 'refused', ['(token_invalid)'], [AGAIN, 'check the address']);
  });

  it('at a controller of another mesh mentions the pin', async () => {
    const token = controller.joinToken(new Uint8Array(32).fill(1));
    await fails(enrol({ token }), 'refused', ['does not show the CA that the join token pins'], [AGAIN]);
  });

  it('if the certificate lacks the name, lists those that it has and does not question the address', async () => {
    const url = controller.publicUrl.replace('127.0.0.1', 'localhost');
    await fails(
      enrol({ url }),
      'refused',
      ['lacks the name localhost; it has: IP Address:127.0.0.1', 'public_names'],
      [AGAIN, 'check the address', 'clock'],
    );
  });

  it.each([
    ['has ended', { beginsInMs: -7_200_000, endsInMs: -3_600_000 }, /CERT_HAS_EXPIRED.*clock.*restart/],
    ['has not begun', { beginsInMs: 3_600_000, endsInMs: 7_200_000 }, /CERT_NOT_YET_VALID.*clock/],
  ])('if the controller’s certificate %s mentions clocks and not addresses', async (_what, life, says) => {
    const other = await startController(life);
    const asked = { url: other.publicUrl, token: other.joinToken() };
    await fails(enrol(asked), 'refused', [says], ['check the address', AGAIN]);
  });

  it('at a listener without TLS names the public port', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await fails(enrol({ url: `https://127.0.0.1:${port}` }), 'usage', ['not in TLS', 'public port'], [AGAIN]);
    server.close();
  });

  it.each([
    ['has no room for addresses', 'addresses_exhausted', 'overlay_full', ['the setting networks'], [AGAIN]],
    [
      'cannot write',
      'storage_unavailable',
      'unreachable',
      ['its operator finds why', 'once that is put right'],
      [],
    ],
    ['is asked too often', 'rate_limited', 'unreachable', [`${AGAIN} in 7 s`], []],
    ['is starting', 'not_ready', 'unreachable', [`${AGAIN} in 7 s`], []],
    ['fails', 'internal', 'failed', ['its operator finds why in its log'], [AGAIN]],
    ['knows the name already', 'node_exists', 'refused', ['the reason (node_exists)'], [AGAIN]],
    ['wants another node', 'token_binding', 'refused', ['the reason (token_binding)'], [AGAIN]],
  ] as const)('at a controller that %s', async (_what, code, exit, says, saysNot) => {
    const other = await startController();
    const body = problem(code, 'the reason');
    other.enrolmentAnswer = { status: body.status, headers: { 'retry-after': '7' }, body };
    await fails(enrol({ url: other.publicUrl, token: other.joinToken() }), exit, says, saysNot);
  });

  it('at a server that is no controller', async () => {
    const other = await startController();
    other.enrolmentAnswer = { status: 200, body: { hello: 'world' } };
    await fails(enrol({ url: other.publicUrl, token: other.joinToken() }), 'failed', [
      'unexpected answer (HTTP 200)',
      'of this version',
    ]);
  });
});

describe('the state directory', () => {
  it('of another user: names the user and the command', async () => {
    const stateDir = fresh('state');
    mkdirSync(stateDir, { mode: 0o700 });
    chownSync(stateDir, NOBODY, NOBODY);
    await fails(enrol({ stateDir }), 'usage', [`belongs to user ${NOBODY}`, `chown -R 0 ${stateDir}`]);
  });

  it('that is a file, or is below one', async () => {
    const stateDir = file('state', '');
    await fails(enrol({ stateDir }), 'usage', [`${stateDir} cannot be used`, 'ENOTDIR', 'another path']);
    await fails(enrol({ stateDir: join(stateDir, 'below') }), 'usage', ['ENOTDIR', 'another path']);
  });

  it('on a file system that allows no directories', () =>
    fails(enrol({ stateDir: '/proc/mesh-agent' }), 'usage', ['/proc/mesh-agent cannot be used', 'ENOENT']));

  it('of another node names both ways out', async () => {
    const { stateDir, token } = await enrolled(controller);
    const asked = enrol({ stateDir, tokenFile: token, nodeId: 'other' });
    await fails(asked, 'usage', [
      `${stateDir} belongs to self of test-mesh`,
      'another --state-dir for other',
    ]);
  });

  it.each(['status', 'up', 'down'])('without an enrolment: %s says what to run first', async (command) => {
    const stateDir = fresh('state');
    const [code, says] =
      command === 'status'
        ? (['not_running', 'start one with mesh-agent up, or name its --state-dir'] as const)
        : (['not_enrolled', 'run mesh-agent enrol first'] as const);
    await fails([command, '--state-dir', stateDir], code, [stateDir, says]);
  });
});

describe('the files of an enrolled node', () => {
  it.each([
    ['enrolment.json', '{"format":"mesh-agent-enrolment/1"}', 0o600, 'usage', ['mesh_id', 'enrol again']],
    [
      'enrolment.json',
      'x',
      0o600,
      'usage',
      ['not in the format', 'remove it and run mesh-agent enrol again'],
    ],
    ['keys', 'x', 0o600, 'usage', ['restore it from a backup']],
    ['keys', undefined, 0o640, 'usage', ['0640', 'chmod 600']],
  ] as const)('%s of %j and mode %o', async (name, text, mode, code, says) => {
    const { stateDir, up } = await enrolled(controller);
    const path = join(stateDir, name);
    if (text !== undefined) writeFileSync(path, text);
    chmodSync(path, mode);
    const { code: exitCode, errors } = await up().exit;
    expect(errors).toMatch(/^mesh-agent: [^\n]+\n$/);
    for (const part of [path, ...says]) expect(errors).toContain(part);
    expect(exitCode).toBe(exitCodes[code]);
  });

  it.each([
    [
      'a CA that cannot be read',
      { ca_pem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      'cannot be read',
    ],
    ['no CA at all', { ca_pem: 'nothing' }, 'its CA did not issue'],
    ['a certificate of another node', { node_id: 'other' }, 'for another name'],
  ])('enrolment.json with %s: says to restore it or to enrol again', async (_what, change, says) => {
    const { stateDir, up } = await enrolled(controller);
    const path = join(stateDir, 'enrolment.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
    const { code, errors } = await up().exit;
    expect(errors).toMatch(/^mesh-agent: [^\n]+\n$/);
    for (const part of [path, says, 'from one backup', 'enrol again']) expect(errors).toContain(part);
    expect(code).toBe(exitCodes.usage);
  });

  it('keys of another node beside enrolment.json', async () => {
    const [one, other] = [await enrolled(controller), await enrolled(controller)];
    copyFileSync(join(other.stateDir, 'keys'), join(one.stateDir, 'keys'));
    const { code, errors } = await one.up().exit;
    expect(errors).toContain('holds a certificate for another key: restore it and');
    expect(code).toBe(exitCodes.usage);
  });

  it('held by another agent: names that agent', async () => {
    const { stateDir, up, token } = await enrolled(controller);
    const first = up();
    await expect.poll(() => first.output(), { timeout: 20_000 }).toContain('agent started');
    await fails(enrol({ stateDir, tokenFile: token }), 'already_running', [
      `is held by process ${first.child.pid}: stop it first`,
    ]);
    await fails(['ping', 'node-x', '--state-dir', stateDir], 'failed', [
      'node-x is not a peer of this node now: see mesh-agent status',
    ]);
  });
});

describe('settings', () => {
  const up = ['up', '--dry-run'];
  const suite = ['--canary-endpoint', 'http://127.0.0.1:1', '--canary-suite', '/none.yaml'];
  it.each([
    [
      [...up, ...suite],
      ['/none.yaml', 'path and mode'],
    ],
    [[...up, '--benchmark-file', 'a', '--benchmark-url', 'http://b'], ['one source of measurements, not 2']],
    [[...up, '--config', '/none.yaml'], ['/none.yaml cannot be read (ENOENT)']],
    [
      ['ping', 'UPPER'],
      ['the node to ping: ', 'use 1 to 63'],
    ],
    [['ping', 'a', '--count', '1.5'], ['--count takes a whole number from 1 to 100']],
  ])('%j', async (args, says) => {
    const { stateDir } = await enrolled(controller);
    await fails([...args, '--state-dir', stateDir], 'usage', says);
  });

  it('in a flag: names the flag and the form', async () => {
    const { errors, code } = await run(['up', '--listen-port', 'many', '--interval', '-1']).exit;
    expect(errors).toContain('listen_port (flag --listen-port): write a number');
    expect(code).toBe(exitCodes.usage);
  });
});

describe('a control socket', () => {
  it('that this user may not open: names the right user, and does not say that no agent runs', async () => {
    const directory = fresh('private');
    mkdirSync(directory, { mode: 0o700 });
    const client = createControlClient(join(directory, 'control.sock'));
    // File modes do not stop root, so the test becomes another user for a moment.
    process.seteuid?.(NOBODY);
    const error: unknown = await client.status().catch((caught: unknown) => caught);
    process.seteuid?.(0);
    expect(exitCodeOf(error)).toBe(exitCodes.usage);
    expect(messageOf(error)).toContain("run this as the agent's user");
    expect(messageOf(error)).not.toContain('no agent is running');
  });

  it('whose agent ends the connection: says to look at its log', async () => {
    const path = fresh('sock');
    const server = createServer((socket) => socket.destroy()).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    const error: unknown = await createControlClient(path)
      .status()
      .catch((caught: unknown) => caught);
    server.close();
    expect(exitCodeOf(error)).toBe(exitCodes.failed);
    expect(messageOf(error)).toMatch(/ended the connection \((ECONNRESET|EPIPE)\): look at its log/);
  });
});

describe('the tunnel', () => {
  const up = (stateDir: string, ...more: string[]) => [
    'up',
    '--state-dir',
    stateDir,
    '--tunnel',
    'userspace',
    ...more,
  ];

  it('without the programs that it needs says which ones to install', async () => {
    const { stateDir } = await enrolled(controller);
    await fails(up(stateDir, '--insecure-no-guard'), 'tunnel', [/install/], [], { PATH: folder });
  });

  it.each([
    [
      'that others may write',
      () => {
        const path = fresh('run');
        mkdirSync(path);
        chmodSync(path, 0o777);
        return path;
      },
      'chmod 700',
    ],
    ['that is a file', () => file('run', ''), 'ENOTDIR'],
    ['that cannot be made', () => '/proc/mesh-agent', 'ENOENT'],
  ])('with a runtime folder %s: names it and the setting', async (_what, make, says) => {
    const { stateDir } = await enrolled(controller);
    const path = make();
    const env = { MESH_AGENT_RUNTIME_DIR: path };
    await fails(
      up(stateDir, '--guard', 'nftables'),
      'tunnel',
      [`the runtime folder ${path}`, says, 'runtime_dir'],
      [],
      env,
    );
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
