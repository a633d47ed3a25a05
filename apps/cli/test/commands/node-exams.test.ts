// meshctl nodes show: the exams of a node, as the examined one and as an examiner.

import type { NodeDetail } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detailOfA } from '../support/fixtures.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());

type NodeExams = NonNullable<NodeDetail['exams']>;
const ID = '0123456789abcdef0123456789abcdef';
const nothing: NodeExams = {
  examined: true,
  open: null,
  last: null,
  gaps: [],
  due_by_epoch: null,
  overdue_since: null,
  examiner: null,
};
const last: NonNullable<NodeExams['last']> = {
  exam_id: ID,
  closed_at: '2030-01-01T00:04:00.000Z',
  outcome: 'failed',
  sentence: 'examined by 2 examiners: overall 0.40 from 40 prompts',
  examiners: [
    { node_id: 'node-b', answered: true, outvoted: false },
    { node_id: 'node-c', answered: false, outvoted: false },
    { node_id: 'node-d', answered: true, outvoted: true },
  ],
};
const run = async (exams: NodeExams | undefined, ...more: string[]) => {
  const body = exams === undefined ? detailOfA : { ...detailOfA, exams };
  controller.answer({ 'GET /v1/nodes/node-a': { body } });
  return (await meshctlHere(['nodes', 'show', 'node-a', ...more], { socket: controller.path })).stdout;
};

describe('nodes show', () => {
  it('says what the last exam has shown, by whom, the gap, and when the next is due at the latest', async () => {
    const gaps = [{ what: 'self', speaks: true, evidence: 20_000, limit: 10_000, sentence: 'a wide gap' }];
    const text = await run({ ...nothing, last, gaps, due_by_epoch: 32 });
    expect(text).toMatch(new RegExp(`^last exam +${ID}, closed at 2030-01-01T00:04:00\\.000Z: failed$`, 'm'));
    expect(text).toMatch(/^verdict +examined by 2 examiners: overall 0\.40/m);
    expect(text).toMatch(/^examined by +node-b, node-c \(no answer\), node-d \(outvoted\)$/m);
    expect(text).toMatch(/^GAP +a wide gap$/m);
    expect(text).toMatch(/^next exam +by epoch 32, at a time that nobody can foresee$/m);
    expect(text).not.toContain('as examiner');
  });

  it.each<[string, Partial<NodeExams>, RegExp]>([
    ['none is promised', {}, /^next exam +not promised yet$/m],
    ['one is under way', { open: ID }, new RegExp(`^next exam +under way: ${ID}$`, 'm')],
    [
      'one is overdue',
      { due_by_epoch: 9, overdue_since: '2030-01-01T01:00:00.000Z' },
      /^next exam +overdue since 2030-01-01T01:00:00\.000Z; by epoch 9/m,
    ],
    ['its class is exempt', { examined: false }, /^next exam +none: nodes of its class are not examined$/m],
    [
      'the last was erased',
      { last: { ...last, examiners: [] } },
      /^examined by +unknown: the exam was erased$/m,
    ],
    [
      'it examines',
      { examiner: { eligible: true, outvoted_in: [], suspended_at: null } },
      /^as examiner +can be drawn; never outvoted$/m,
    ],
    [
      'it has lost the role',
      { examiner: { eligible: false, outvoted_in: [ID], suspended_at: '2030-01-01T00:04:00.000Z' } },
      new RegExp(
        `^as examiner +suspended since 2030-01-01T00:04:00\\.000Z: meshctl examiners restore node-a; outvoted in ${ID}$`,
        'm',
      ),
    ],
  ])('says so where %s', async (_what, exams, line) => {
    expect(await run({ ...nothing, ...exams })).toMatch(line);
  });

  it('has no such lines without exams, and the controller’s own words with --json', async () => {
    expect(await run(undefined)).not.toContain('exam');
    const exams = { ...nothing, last };
    expect(JSON.parse(await run(exams, '--json'))).toMatchObject({ exams });
  });
});
