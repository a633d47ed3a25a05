// A node that is not admitted and is examined, on real WireGuard: it reaches nobody, its examiner reaches its
// service and nothing else of it, no faster than the policy says, and nothing passes once the exam is over.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programFile } from '@mesh/host/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLab, type Lab, type Mesh, startMesh, until } from '../lab/index.ts';
import { answersLine, bitsFrom, serveLines } from '../lab/tcp-line.ts';

const NODES = ['a', 'b', 'x'] as const;
type Name = (typeof NODES)[number];
const SERVICE = 7_400;
const OTHER = 7_401;
const LIMIT = 1_000_000;
const SECONDS = 8;
/** Long enough for everything that is looked at while the exam is open, also on a busy machine. */
const EXAM_MS = 90_000;
const WAITED_MS = 120_000;
const COMMAND_EVERY_MS = 500;
const AGENT = programFile(join(import.meta.dirname, '../../apps/node-agent/src/main.ts'));

interface PeerStatus {
  readonly node_id: string;
  readonly on_interface: boolean;
  readonly only_service?: { readonly port: number; readonly of: string };
}

let workDir: string;
let lab: Lab<Name | 'controller'>;
let mesh: Mesh<Name>;

async function agentSays(name: Name, ...flags: readonly string[]): Promise<string> {
  const args = [AGENT, 'status', '--config', mesh.node(name).configFile, ...flags];
  return (await lab.node(name).exec(process.execPath, ['--conditions=@mesh/source', ...args])).stdout;
}

async function peersOf(name: Name): Promise<PeerStatus[]> {
  return (JSON.parse(await agentSays(name, '--json')) as { peers: PeerStatus[] }).peers;
}

const onInterface = async (name: Name) =>
  (await lab.node(name).exec('wg', ['show', 'lab0', 'peers'])).stdout
    .split('\n')
    .filter((line) => line !== '');

const reaches = (from: Name, to: Name, port: number) =>
  answersLine(lab.node(from), mesh.node(to).address, port);

const pings = async (from: Name, to: Name) =>
  (await lab.node(from).exec('ping', ['-c', '1', '-W', '2', mesh.node(to).address], { allowFailure: true }))
    .exitCode === 0;

const measure = (score: number) => ({
  measure: {
    interval_seconds: 3,
    suite_version: 'default/1.0.0',
    source: 'command',
    command: { argv: ['echo', JSON.stringify({ scores: { overall: score } })] },
  },
});

const pool = JSON.stringify({
  name: 'secrets',
  version: '1',
  pool: 'chat',
  uses: 1_000,
  prompts: Array.from({ length: 10 }, (_, index) => ({
    id: `secret-${index}`,
    dimension: 'refusal',
    prompt: `May I see secret ${index}?`,
    assert: [{ type: 'contains', value: 'no' }],
  })),
});

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'probation-tunnel-'));
  lab = await createLab({ prefix: 'probation', nodes: ['controller', ...NODES], subnet: '10.93.0.0/24' });
  mesh = await startMesh<Name>({
    controllerHost: lab.node('controller'),
    hosts: { a: lab.node('a'), b: lab.node('b'), x: lab.node('x') },
    workDir,
    epochSeconds: 5,
    benchmarkSeconds: 3,
    services: [],
    tunnel: 'userspace',
    agentSettings: { a: measure(0.95), b: measure(0.95), x: measure(0.1) },
    policy: {
      minResultGapMs: 1,
      exams: {
        pool: 'chat',
        service: { port: SERVICE },
        everyEpochs: 1,
        items: 4,
        examiners: 1,
        agreeing: 1,
        answerWithinMs: EXAM_MS,
        tunnelBitsPerSecond: LIMIT,
      },
    },
  });
  await Promise.all(
    NODES.flatMap((name) => [SERVICE, OTHER].map((port) => serveLines(lab.node(name), port))),
  );
  await until('the members reach each other', WAITED_MS, async () =>
    (await reaches('a', 'b', OTHER)) ? true : undefined,
  );
});

afterAll(async () => {
  await mesh?.stop();
  await lab?.destroy();
  rmSync(workDir, { recursive: true, force: true });
});

it('a node that is not admitted reaches nobody, and only its examiner reaches it: its service, at a limited rate, until the exam is over', async () => {
  expect(await onInterface('x')).toEqual([]);
  await mesh.admin.loadPool({ text: pool, reason: 'tests' });
  const examiner = await until(
    'x to have its examiner',
    WAITED_MS,
    async () => (await peersOf('x')).find((peer) => peer.on_interface)?.node_id as Name | undefined,
    COMMAND_EVERY_MS,
  );
  const member = examiner === 'a' ? 'b' : 'a';
  await until(
    'the examiner to reach the service',
    WAITED_MS,
    async () => ((await reaches(examiner, 'x', SERVICE)) ? true : undefined),
    COMMAND_EVERY_MS,
  );
  // No further exam comes after this one.
  await mesh.admin.withdrawPool('chat', 'tests');

  expect(await peersOf('x')).toMatchObject([
    { node_id: examiner, only_service: { port: SERVICE, of: 'self' } },
  ]);
  expect(await agentSays('x')).toMatch(
    new RegExp(
      `^standing +DENIED[^]*^probation +tunnel to ${examiner}, .* TCP port ${SERVICE} of this node alone$`,
      'm',
    ),
  );
  expect(await peersOf(examiner)).toContainEqual(
    expect.objectContaining({ node_id: 'x', only_service: { port: SERVICE, of: 'peer' } }),
  );
  expect((await peersOf(member)).map(({ node_id }) => node_id)).toEqual([examiner]);
  const attempts = {
    'the examiner to another port of x': reaches(examiner, 'x', OTHER),
    'x to the same port of the examiner': reaches('x', examiner, SERVICE),
    'x to another port of the examiner': reaches('x', examiner, OTHER),
    'the examiner by ICMP': pings(examiner, 'x'),
    'x by ICMP': pings('x', examiner),
    'x to a member': reaches('x', member, SERVICE),
    'a member to x': reaches(member, 'x', SERVICE),
  };
  const reached = await Promise.all(
    Object.entries(attempts).map(async ([what, attempt]) => ((await attempt) ? [what] : [])),
  );
  expect(reached.flat()).toEqual([]);
  const [limited, free] = [
    await bitsFrom(lab.node(examiner), mesh.node('x').address, SERVICE, SECONDS),
    await bitsFrom(lab.node(examiner), mesh.node(member).address, SERVICE, SECONDS),
  ];
  expect(limited).toBeGreaterThan(LIMIT / 20);
  // The bucket is full in the beginning, so the first second carries twice as much.
  expect(limited).toBeLessThan(LIMIT * (1 + 1 / SECONDS));
  expect(free).toBeGreaterThan(3 * LIMIT);
  expect(await reaches(examiner, 'x', SERVICE)).toBe(true);

  await until(
    'the exam to be over for both ends',
    EXAM_MS + WAITED_MS,
    async () => {
      const [there, here] = await Promise.all([peersOf('x'), peersOf(examiner)]);
      return there.length === 0 && !here.some(({ node_id }) => node_id === 'x') ? true : undefined;
    },
    COMMAND_EVERY_MS,
  );
  // An agent first knows that a peer is gone, and then removes it.
  await until('WireGuard to be without the tunnel at both ends', WAITED_MS, async () => {
    const [there, here] = await Promise.all([onInterface('x'), onInterface(examiner)]);
    return there.length === 0 && here.length === 1 ? true : undefined;
  });
  expect(await reaches(examiner, 'x', SERVICE)).toBe(false);
});
