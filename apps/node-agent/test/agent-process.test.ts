// The agent as a process of its own, against a fake controller over real mutual TLS, with the dry-run tunnel.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSqlite } from '@mesh/host';
import { decodeBase64, parseMeshId, parseNodeId } from '@mesh/primitives';
import {
  appliedMessage,
  type BenchmarkMessage,
  benchmarkMessage,
  CONFIG_VERSION_HEADER,
  type EndpointMessage,
  endpointMessage,
  leaveMessage,
  verifyMessage,
} from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exitCodes } from '../src/agent-error.ts';
import type { AgentStatus } from '../src/observe/agent-status.ts';
import { configBody, newKemKeys, startController, temporaryDirectory } from './agent-fixtures.ts';
import type { Answer } from './fake-answers.ts';
import { type FakeController, MESH_ID, type NodeRequest } from './fake-controller.ts';
import { pskOf } from './plan-fixtures.ts';
import { sealKeys } from './seal-keys.ts';
import { waitUntil } from './wait-until.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }>;
}

function run(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, ['--conditions=@mesh/source', MAIN, ...args], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const exit = new Promise<{ code: number | null; output: string; errors: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, output, errors }));
  });
  return { child, output: () => output, exit };
}

/** A controller whose answers to queries are set by version: the newest is given at once to whoever lacks it. */
function publish(controller: FakeController): {
  set: (body: { version: string }) => void;
  /** From now on answers to everything but queries confirm who holds this version, as a controller does. */
  confirm: (version: string) => void;
} {
  let newest: { version: string } | undefined;
  let waiters: (() => void)[] = [];
  const config = async (request: NodeRequest): Promise<Answer> => {
    while (newest === undefined || newest.version === request.query.get('version')) {
      if (request.gone.aborted) return { status: 304 };
      await new Promise<void>((resolve) => {
        waiters.push(resolve);
        request.gone.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return { status: 200, body: controller.signConfig({ ...newest, server_time_ms: Date.now() }) };
  };
  let confirmed: string | undefined;
  controller.onNodeRequest = (request) => {
    if (request.path.startsWith('/v1/config/')) return config(request);
    const held = request.headers[CONFIG_VERSION_HEADER];
    const headers: Record<string, string> =
      held === undefined || held !== confirmed ? {} : { [CONFIG_VERSION_HEADER]: confirmed };
    const acknowledged = { status: 'received', node_id: 'self', server_time_ms: Date.now() };
    if (!request.path.startsWith('/v1/benchmarks/')) return { status: 200, headers, body: acknowledged };
    return {
      status: 200,
      headers,
      body: { ...acknowledged, epoch_id: 4, membership: 'ALLOWED', reason: 'good', reason_code: 'ok' },
    };
  };
  return {
    set: (body) => {
      newest = body;
      for (const wake of waiters.splice(0)) wake();
      waiters = [];
    },
    confirm: (version) => {
      confirmed = version;
    },
  };
}

async function enrolled(controller: FakeController) {
  const directory = temporaryDirectory();
  const stateDir = join(directory, 'state');
  const token = join(directory, 'token');
  writeFileSync(token, controller.joinToken(), { mode: 0o600 });
  const done = await run([
    ...['enrol', '--controller', controller.publicUrl, '--node-id', 'self'],
    ...['--token-file', token, '--state-dir', stateDir, '--json'],
  ]).exit;
  expect(done).toMatchObject({ code: 0, errors: '' });
  const scores = join(directory, 'scores.json');
  writeFileSync(scores, '{"scores":{"overall":0.9}}');
  const up = (...more: string[]) =>
    run([
      ...['up', '--dry-run', '--state-dir', stateDir, '--benchmark-file', scores, '--interval', '3600'],
      ...more,
    ]);
  const status = async (): Promise<AgentStatus | undefined> => {
    const { code, output } = await run(['status', '--json', '--state-dir', stateDir]).exit;
    return code === 0 ? (JSON.parse(output) as AgentStatus) : undefined;
  };
  return { stateDir, result: JSON.parse(done.output), up, status, token };
}

/** A full config whose keys are sealed to this key. */
function sealedConfig(version: string, kemPublicKey: string) {
  const psks = { a: pskOf(4, 'a'), b: pskOf(4, 'b') };
  return configBody(version, ['a', 'b'], {
    keys: sealKeys(kemPublicKey, JSON.stringify({ current: { epoch_id: 4, psks } }), {
      meshId: parseMeshId(MESH_ID),
      nodeId: parseNodeId('self'),
      version,
    }),
  });
}

const secretsOf = (stateDir: string) => [
  ...['a', 'b'].map((name) => pskOf(4, name) as string),
  readFileSync(join(stateDir, 'keys')).subarray(18, 50).toString('base64'),
  readFileSync(join(stateDir, 'keys')).subarray(50, 82).toString('base64'),
];

describe('the agent as a process', () => {
  it('enrols, goes up, follows its config, submits, shows its status, and leaves on down', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    const { stateDir, result, up, status } = await enrolled(controller);
    expect(result).toMatchObject({ node_id: 'self', addresses: ['10.9.0.1/24'] });
    set(configBody('v1', ['a', 'b']));
    const agent = up();
    await waitUntil('both peers', () => agent.output().includes('epoch applied to every peer'));
    await waitUntil('a submission', () =>
      controller.requests.some(({ path }) => path === '/v1/benchmarks/self'),
    );

    // Removal: from the answer on the wire to the tunnel's own line.
    set(configBody('v2', ['a']));
    await waitUntil('the removal', () => agent.output().includes('peer removed'));
    const removal = agent
      .output()
      .split('\n')
      .find((line) => line.includes('"peer removed"'));
    expect(JSON.parse(removal ?? '{}').duration_ms).toBeLessThan(100);

    const seen = await status();
    expect(seen).toMatchObject({
      node_id: 'self',
      allowed: true,
      tunnel: 'dry-run',
      interface_up: true,
      controller: { reachable: true },
      last_measurement: { scores: { overall: 0.9 } },
      last_submission: { outcome: 'accepted' },
      peers: [{ node_id: 'a', on_interface: true, epoch_id: 4 }],
    });
    expect(seen?.lease_left_ms).toBeGreaterThan(100_000);
    expect(statSync(join(stateDir, 'control.sock')).mode & 0o777).toBe(0o600);

    const human = await run(['status', '--state-dir', stateDir]).exit;
    expect(human.output).toMatch(
      /^self of test-mesh, 10\.9\.0\.250\/24 on mesh0 \(dry-run\)\nstanding {5}ALLOWED: ok$/m,
    );
    expect((await run(['ping', 'nobody', '--state-dir', stateDir]).exit).errors).toMatch(
      /not a peer of this node/,
    );

    const down = await run(['down', '--state-dir', stateDir, '--json']).exit;
    expect(JSON.parse(down.output)).toEqual({
      interface: 'mesh0',
      leave_announced: true,
      leave_failure: null,
    });
    expect((await agent.exit).code).toBe(0);
    const leave = controller.requests.find(({ path }) => path === '/v1/leave/self');
    expect(leaveMessage.parse(leave?.body).instance_id).toBe(seen?.instance_id);

    const said = agent.output() + human.output + down.output + JSON.stringify(seen);
    for (const secret of secretsOf(stateDir)) expect(said).not.toContain(secret);
    const journal = openSqlite(join(stateDir, 'journal.sqlite'), { migrations: [] });
    const types = journal.prepare<[], { type: string }>('SELECT type FROM events ORDER BY id').all();
    journal.close();
    expect(types.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'started',
        'interface_up',
        'config_applied',
        'peer_added',
        'submitted',
        'peer_removed',
        'stopped',
      ]),
    );
  });

  it('whose config answers are swallowed lives by the others while they confirm what it holds; then it closes, though its benchmarks are accepted', async () => {
    const controller = await startController();
    const { set, confirm } = publish(controller);
    set(configBody('v1', ['a', 'b'], { lease_seconds: 4 }));
    confirm('v1');
    const { up, status } = await enrolled(controller);
    const agent = up('--interval', '1');
    const accepted = () => controller.requests.filter(({ path }) => path === '/v1/benchmarks/self').length;
    await waitUntil('both peers', () => agent.output().includes('epoch applied to every peer'));
    const atFirst = accepted();
    await waitUntil('two leases', () => accepted() >= atFirst + 8);
    expect(agent.output()).not.toContain('all peers are removed');
    // Somebody is to be removed, which this node is kept from hearing.
    confirm('v2');
    const since = accepted();
    await waitUntil('the end of the lease', () => agent.output().includes('all peers are removed'));
    const before = accepted();
    expect(before).toBeGreaterThan(since);
    await waitUntil('a benchmark after the lease', () => accepted() > before);
    expect(await status()).toMatchObject({ lease_left_ms: 0, last_submission: { outcome: 'accepted' } });
    const queries = controller.requests.filter(({ path }) => path.startsWith('/v1/config/'));
    expect(queries.at(-1)?.query.get('wait')).toBe('1s');
  });

  it('that cannot open its keys submits at once, hours before its next interval, with a new key, and opens what is sealed to that', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    const { up, status } = await enrolled(controller);
    const agent = up();
    const kemKeysSent = () =>
      controller.requests
        .filter(({ path }) => path === '/v1/benchmarks/self')
        .map(({ body }) => benchmarkMessage.parse(body).kem_public_key ?? '');
    await waitUntil(
      'the first submission',
      async () => (await status())?.last_submission?.outcome === 'accepted',
    );
    set(sealedConfig('v1', newKemKeys().forSubmission()));
    await waitUntil('a second submission', () => kemKeysSent().length === 2);
    const [first, second = ''] = kemKeysSent();
    expect(second).not.toBe(first);
    expect(agent.output()).not.toContain('epoch applied to every peer');
    set(sealedConfig('v2', second));
    await waitUntil('the keys', () => agent.output().includes('epoch applied to every peer'));
    expect((await status())?.peers).toMatchObject(
      ['a', 'b'].map((name) => ({ node_id: name, on_interface: true, epoch_id: 4 })),
    );
    // Once was enough.
    expect(kemKeysSent()).toHaveLength(2);
  });

  it('tells the controller, signed, which epoch it has applied to which peer, as soon as it has', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    const { up } = await enrolled(controller);
    up();
    const reports = () =>
      controller.requests
        .filter(({ path }) => path === '/v1/applied/self')
        .map(({ body }) => appliedMessage.parse(body));
    set(configBody('v1', ['a', 'b']));
    await waitUntil('the report', () => reports().some(({ peers }) => peers.length === 2));
    const [told] = reports();
    expect(told).toMatchObject({
      mesh_id: 'test-mesh',
      node_id: 'self',
      epoch_id: 4,
      // Nobody handshakes with a dry run.
      peers: ['a', 'b'].map((name) => ({ node_id: name, epoch_id: 4, handshake_age_ms: null })),
    });
    const identity = decodeBase64(controller.enrolments[0]?.identity_key ?? '', { lengthBytes: 32 });
    expect(verifyMessage('applied', told as never, identity)).toBe(true);
  });

  it('stopped by a signal leaves no goodbye, and killed -9 starts again with the same identity', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    set(configBody('v1', ['a']));
    const { stateDir, up, status } = await enrolled(controller);
    const first = up();
    await waitUntil('a submission', () =>
      controller.requests.some(({ path }) => path === '/v1/benchmarks/self'),
    );
    first.child.kill('SIGKILL');
    await first.exit;
    // A stale socket and lock file are in the way of nobody.
    expect(existsSync(join(stateDir, 'control.sock'))).toBe(true);
    const second = up();
    await waitUntil(
      'the second submission',
      () => controller.requests.filter(({ path }) => path === '/v1/benchmarks/self').length === 2,
    );
    await waitUntil('the status', async () => (await status())?.allowed === true);
    second.child.kill('SIGTERM');
    expect((await second.exit).code).toBe(0);
    expect(controller.requests.some(({ path }) => path === '/v1/leave/self')).toBe(false);
    const submitted = controller.requests
      .filter(({ path }) => path === '/v1/benchmarks/self')
      .map(({ body }) => body as BenchmarkMessage);
    // Killed before it knew of the acceptance, it may repeat that number; it never falls below it.
    expect(submitted[1]?.sequence).toBeGreaterThanOrEqual(submitted[0]?.sequence ?? Number.POSITIVE_INFINITY);
    expect(submitted[1]?.instance_id).not.toBe(submitted[0]?.instance_id);
    expect(new Set(controller.requests.map(({ peerUri }) => peerUri))).toEqual(
      new Set(['URI:spiffe://test-mesh/node/self']),
    );
  });

  it('renews its certificate at two thirds of its life and goes on with the new one', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    set(configBody('v1', ['a']));
    // The fake CA backdates by a minute: of 61 s of life, 60 are over.
    controller.certificateLifeMs = 20_000;
    const { up } = await enrolled(controller);
    const usual = controller.onNodeRequest;
    controller.certificateLifeMs = 86_400_000;
    controller.onNodeRequest = async (request) => {
      if (request.path !== '/v1/certificates/self') return usual(request);
      const { csr_pem } = request.body as { csr_pem: string };
      return {
        status: 200,
        body: { certificate_pem: await controller.certificateFor(csr_pem, 'self'), ca_pem: controller.caPem },
      };
    };
    const agent = up();
    await waitUntil('the renewal', () => agent.output().includes('certificate renewed'));
    const before = controller.requests[0]?.serial;
    set(configBody('v2', []));
    set(configBody('v3', []));
    await waitUntil('a query with the new certificate', () =>
      controller.requests.some(({ serial }) => serial !== before),
    );
  });

  it('whose certificate ended while it was away says what brings it back', async () => {
    const controller = await startController();
    publish(controller).set(configBody('v1', ['a']));
    controller.certificateLifeMs = 3_000;
    const { up } = await enrolled(controller);
    const overAtMs = Date.now() + 3_000;
    await waitUntil('its end', () => Date.now() > overAtMs);
    const agent = up();
    await waitUntil('the way out', () => agent.output().includes('enrol again with a fresh join token'));
  });

  it('tells the controller when its port changes', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    set(configBody('v1', []));
    const { up } = await enrolled(controller);
    up('--listen-port', '51999', '--advertise', '192.0.2.7');
    const reported = () => controller.requests.filter(({ path }) => path === '/v1/endpoints/self');
    await waitUntil('the report', () => reported().length === 1);
    const message: EndpointMessage = endpointMessage.parse(reported()[0]?.body);
    expect(message).toMatchObject({ listen_ports: { a: 51_999, b: 52_000 }, advertise: ['192.0.2.7'] });
  });

  it('refuses to start twice with one state directory', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    set(configBody('v1', []));
    const { up } = await enrolled(controller);
    const first = up();
    await waitUntil('the first', () => first.output().includes('agent started'));
    const second = await up().exit;
    expect(second.code).toBe(exitCodes.already_running);
    expect(second.errors).toMatch(/state directory of its own/);
  });
});

describe('the test clock', () => {
  it('is taken only with the variable and the flag together', async () => {
    const controller = await startController();
    publish(controller).set(configBody('v1', []));
    const { stateDir } = await enrolled(controller);
    const env = { MESH_TEST_CLOCK_OFFSET_MS: '-2000' };
    const refused = await run(['up', '--dry-run', '--state-dir', stateDir], env).exit;
    expect(refused).toMatchObject({ code: exitCodes.usage });
    expect(refused.errors).toMatch(/unset it/);
    const agent = run(['up', '--dry-run', '--state-dir', stateDir, '--insecure-test-clock'], env);
    await waitUntil('the config', () => agent.output().includes('"config"'));
    const { output } = await run(['status', '--json', '--state-dir', stateDir]).exit;
    const offset = (JSON.parse(output) as AgentStatus).controller.clock_offset_ms ?? 0;
    expect(Math.abs(offset - 2_000)).toBeLessThan(500);
  });
});
