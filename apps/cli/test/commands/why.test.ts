import { problem } from '@mesh/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { entriesBehind } from '../../src/events/entries-behind.ts';
import { standingSentence } from '../../src/status/standing-sentence.ts';
import { detailOfA, limitedNode, nodeA, nodeWithLongName } from '../support/fixtures.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { type Reply, SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());
const runHere = (...args: string[]) => meshctlHere(args, { socket: controller.path });

const entry = (index: number, type: string, data: object = {}) => ({
  index,
  entry: { type, node_id: 'node-a', epoch_id: 7, at: '2026-01-05T12:34:50.123Z', data },
});
const cut = {
  ...detailOfA,
  membership: 'DENIED',
  reason: 'overall 0.40 is below 0.70',
  reason_code: 'below_threshold',
  judged: [
    {
      ...{ metric: 'overall', score: 0.4, samples: 50, limit: 0.7, lower: 0.31, upper: 0.49 },
      alarm: { evidence: 12, limit: 40, prompts: 300 },
    },
  ],
  drift: [{ signal: 'outlier', action: 'advise', speaks: true, value: 1, limit: 0.5, sentence: 'it is odd' }],
  log: [entry(9, 'node_denied', { reason_code: 'below_threshold' }), entry(8, 'benchmark_accepted')],
};
const explanation = {
  ...{ node_id: 'node-a', class: 'default', membership: 'DENIED', reason_code: 'below_threshold' },
  ...{ reason: 'overall 0.40 is below 0.70', policy_version: 3 },
  rules: [
    { rule: 'threshold', decides: 'denied', met: false, sentence: 'overall 0.40 is below 0.70' },
    { rule: 'maxBenchmarkAge', decides: 'denied', met: true, sentence: 'it is fresh' },
  ],
};
const exam = (id: string, nodeId: string) => ({
  ...{ exam_id: id.repeat(32), node_id: nodeId, epoch_id: 7, pool: 'secrets', state: 'closed' },
  ...{ starts_at: 's', ends_at: 'e', closed_at: 'c', examiners: [] },
  verdict: { outcome: 'failed', sentence: 'two of two agree' },
});
const settings = { share: 0.2, at_least: 3, window_seconds: 600, hold_seconds: 900 };
const held = {
  ...{ node_id: 'node-a', cause: 'overall', reason: 'it is low', held_since: 's' },
  ...{ until: '2026-01-05T12:50:00.000Z', limited: true },
};
const answers: Record<string, Reply> = {
  'GET /v1/nodes/node-a': { body: cut },
  'GET /v1/nodes/node-a/explanation': { body: explanation },
  'GET /v1/exams': { body: { exams: [exam('a', 'node-a'), exam('b', 'node-b')] } },
  'GET /v1/brake': { body: { settings, held: [] } },
};
beforeEach(() => controller.answer(answers));

describe('why', () => {
  it('says it in one sentence first, then with figures, entries and the proof', async () => {
    const { exitCode, stdout } = await runHere('why', 'node-a');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^node-a is out: overall 0\.40 is below 0\.70\n\n/);
    expect(stdout).toMatch(/^policy +version 3, class default$/m);
    expect(stdout).toMatch(/^overall +0\.920 +0\.700 +50 +0\.310 to 0\.490 +12 of 40$/m);
    expect(stdout).toMatch(/^threshold +denied +overall 0\.40 is below 0\.70\n1 of 2 rules are met/m);
    expect(stdout).toMatch(/^outlier +yes +nothing +it is odd$/m);
    expect(stdout).toMatch(/^a{32} +secrets +closed +failed +two of two agree$/m);
    expect(stdout).not.toContain('b'.repeat(32));
    expect(stdout).toMatch(/ 8 {2}a result of node-a was accepted\n.* 9 {2}node-a was cut/);
    expect(stdout).toContain('meshctl audit prove node-a --out node-a-proof.json');
    expect(stdout).toMatch(/^brake +does not hold it$/m);
  });

  it('shows the hold of the brake', async () => {
    controller.answer({ ...answers, 'GET /v1/brake': { body: { settings, held: [held] } } });
    expect((await runHere('why', 'node-a')).stdout).toMatch(
      /^brake +holds it in until 2026-01-05T12:50:00\.000Z, for overall: it is low$/m,
    );
  });

  it('--json is one document with the version of its schema', async () => {
    const { stdout } = await runHere('--json', 'why', 'node-a');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ schema_version: 1, sentence: 'node-a is out: overall 0.40 is below 0.70', policy_version: 3 },
      ...{ hold: null, entries: [{ index: 8 }, { index: 9, type: 'node_denied' }] },
      node: { node_id: 'node-a', judged: [{ lower: 0.31 }] },
      exams: [{ exam_id: 'a'.repeat(32) }],
    });
  });

  it('of a node that there is not is refused; what is no node id is not even asked', async () => {
    const body = problem('not_found', 'there is no node node-x');
    controller.answer({}, () => ({ status: 404, body }));
    expect(await runHere('why', 'node-x')).toMatchObject({ exitCode: 1, stdout: '' });
    controller.answer({});
    expect((await runHere('why', '../x')).exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });
});

describe('the sentence of a standing', () => {
  it.each([
    [nodeA, 'node-a is in: overall 0.92 meets 0.70'],
    [limitedNode, 'node-l is in (declining, on probation until epoch 12): overall 0.92 meets 0.70'],
    [nodeWithLongName, 'a-node-with-a-longer-name is out: it is quarantined until 2026-01-05T14:35:00.000Z'],
    [
      { ...nodeWithLongName, quarantined_until: null },
      'a-node-with-a-longer-name is out: it is quarantined until an operator releases it',
    ],
    [{ ...nodeA, status: 'revoked' as const }, 'node-a is out for good: it was revoked'],
    [{ ...nodeA, status: 'pending' as const }, 'node-a is out: it waits until an operator approves it'],
    [
      { ...nodeA, membership: 'UNKNOWN' as const, reason: 'no result yet' },
      'node-a has not been in yet: no result yet',
    ],
  ])('%#', (node, sentence) => {
    expect(standingSentence(node)).toBe(sentence);
  });
});

it('the entries behind a standing are its newest decisions and the newest result, the oldest first', () => {
  const many = Array.from({ length: 9 }, (_, at) => entry(at, 'node_denied'));
  const results = [entry(20, 'benchmark_accepted'), entry(21, 'benchmark_accepted')];
  const other = entry(30, 'certificate_issued');
  expect(entriesBehind([other, ...results, ...many.toReversed()]).map(({ index }) => index)).toEqual([
    4, 5, 6, 7, 8, 21,
  ]);
  expect(entriesBehind([])).toEqual([]);
});
