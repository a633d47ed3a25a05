// Exams over the wire: from the pool of an operator to a denial that nobody but the examiners has caused.

import { parseNodeId } from '@mesh/primitives';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assignmentOf,
  commitment,
  digestOf,
  EXAMS,
  examine,
  nextEpoch,
  poolText,
  result,
  untilClosed,
  untilDrawn,
} from '../support/exams.ts';
import { problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const NAMES = ['node-a', 'node-b', 'node-c', 'node-d'];
let mesh: RunningMesh;
beforeAll(async () => {
  mesh = await runningMesh(NAMES, { policy: { minResultGapMs: 0, exams: EXAMS } });
  await mesh.controller.admin.loadPool({ text: poolText(), reason: 'the first' });
  await untilDrawn(mesh);
});
afterAll(() => mesh[Symbol.asyncDispose]());

const node = (name: string) => mesh.node(name);
const entries = async (type: string) =>
  (await mesh.controller.admin.log({ limit: 1_000 })).entries
    .map(({ entry }) => entry as unknown as { type: string; node_id?: string; data: Record<string, unknown> })
    .filter((entry) => entry.type === type);

describe('an assignment', () => {
  it('has prompts without what their answers are graded by, and the address of the service', async () => {
    const assignment = await assignmentOf(node('node-b'), 'node-a');
    expect(assignment).toMatchObject({
      examined: 'node-a',
      service: {
        port: 8_000,
        path: '/v1/chat/completions',
        api: 'openai',
        address: expect.stringMatching(/^10\./),
      },
    });
    expect(assignment.items).toHaveLength(20);
    expect(JSON.stringify(assignment)).not.toContain('contains');
    expect(new Set(assignment.items.map(({ index }) => index)).size).toBe(20);
  });

  it('is named in the config of an agent that takes part in exams, and in no other', async () => {
    const { client, instanceId } = node('node-b');
    const own = (await client.examAssignments()).exams.map(({ exam_id }) => exam_id).sort();
    const asking = await client.config({ instanceId, takesExams: true });
    expect([...((asking?.body as { exams?: string[] } | undefined)?.exams ?? [])].sort()).toEqual(own);
    expect(own.length).toBeGreaterThan(0);
    const other = await client.config({ instanceId });
    expect(other?.body).not.toHaveProperty('exams');
  });

  it('is in nothing that the examined node can read', async () => {
    const exam = [...mesh.controller.running.services.view.exams().open()].find(
      ({ nodeId }) => nodeId === 'node-a',
    );
    const drawn = (await entries('exam_drawn')).filter(({ data }) => data.exam_id === exam?.examId);
    expect(drawn).toHaveLength(1);
    expect(JSON.stringify(drawn)).not.toContain('node-');
    expect(JSON.stringify(drawn)).not.toContain(exam?.challenge.challenge);
    expect(JSON.stringify(drawn)).not.toContain(exam?.challenge.sha256);
    expect(drawn[0]?.data).toMatchObject({ examiners: 3, asks: 20, pool: 'chat', root: exam?.root });
  });
});

describe('an examiner', () => {
  it('gets the grading for its commitment, the same one twice', async () => {
    const assignment = await assignmentOf(node('node-b'), 'node-a');
    const first = await node('node-b').client.commitExam(commitment(node('node-b'), assignment.exam_id));
    expect(first.grading.map(({ index }) => index)).toEqual(assignment.items.map(({ index }) => index));
    expect(first.grading[0]).toMatchObject({
      dimension: 'refusal',
      weight: 1,
      assert: [{ type: 'contains', value: 'no' }],
    });
    expect(await node('node-b').client.commitExam(commitment(node('node-b'), assignment.exam_id))).toEqual(
      first,
    );
    expect(await entries('exam_committed')).toHaveLength(1);
  });

  it('is refused another transcript, grades of a transcript that it did not commit to, and the exam of others', async () => {
    const b = node('node-b');
    const assignment = await assignmentOf(b, 'node-a');
    const other = { transcript_sha256: digestOf('another') };
    const codes = await Promise.all(
      [
        b.client.commitExam(commitment(b, assignment.exam_id, other)),
        b.client.answerExam(result(b, assignment, 1, other)),
        b.client.answerExam(result(b, assignment, 1, { grades: [{ index: 0, score: 1 }] })),
        node('node-a').client.commitExam(commitment(node('node-a'), assignment.exam_id)),
        node('node-c').client.answerExam(result(node('node-c'), assignment, 1)),
        b.client.commitExam(commitment(b, '0'.repeat(32))),
        b.client.commitExam({ ...commitment(b, assignment.exam_id), transcript_sha256: digestOf('changed') }),
      ].map(async (request) => (await problemOf(request)).code),
    );
    expect(codes.slice(0, 2)).toEqual(['state_conflict', 'state_conflict']);
    expect(codes[2]).toBe('invalid_message');
    expect(codes[3]).toBe('state_conflict');
    expect(['state_conflict', 'invalid_message']).toContain(codes[4]);
    expect(codes.slice(5)).toEqual(['state_conflict', 'bad_signature']);
  });
});

describe('what examiners agree on', () => {
  it('cuts a node at once that measures itself as good, and says why', async () => {
    for (const name of ['node-b', 'node-c', 'node-d']) await examine(node(name), 'node-a', 0);
    await untilClosed(mesh, 'node-a');
    const shown = await mesh.controller.admin.node('node-a');
    expect(shown).toMatchObject({ membership: 'DENIED', reason_code: 'exam_failed' });
    expect(shown.reason).toMatch(/^examined by 3 examiners: .*0\.00 from 60/);
    const [exam] = (await mesh.controller.admin.exams()).exams.filter(({ state }) => state === 'closed');
    expect(exam).toMatchObject({
      node_id: 'node-a',
      verdict: { outcome: 'failed', by: 'agreeing' },
      examiners: Array(3)
        .fill({ state: 'answered', score: 0, items: 20, outvoted: false })
        .map((one) => expect.objectContaining(one)),
    });
    expect(await mesh.controller.admin.exam(exam?.exam_id ?? '')).toEqual(exam);
    expect(shown.exams).toMatchObject({
      examined: true,
      last: {
        exam_id: exam?.exam_id,
        outcome: 'failed',
        sentence: exam?.verdict?.sentence,
      },
      due_by_epoch: expect.any(Number),
      overdue_since: null,
      examiner: { eligible: false, outvoted_in: [], suspended_at: null },
    });
    const examiners = shown.exams?.last?.examiners ?? [];
    expect(examiners.map(({ node_id: id }) => id).sort()).toEqual(['node-b', 'node-c', 'node-d']);
    expect(examiners.every(({ answered, outvoted }) => answered && !outvoted)).toBe(true);
    const closed = (await entries('exam_closed')).filter(({ node_id }) => node_id === 'node-a');
    expect(closed[0]?.data).toMatchObject({
      exam_id: exam?.exam_id,
      results: 3,
      outvoted: [],
      disagree: false,
    });
    expect((await node('node-a').submit(1)).membership).toBe('DENIED');
  });

  it('takes the role from one that lies, until an operator restores it', async () => {
    await examine(node('node-c'), 'node-b', 1);
    await examine(node('node-d'), 'node-b', 0);
    // The third examiner of this exam is out by now, so nobody is outvoted.
    for (let at = 0; at < 3; at++) await nextEpoch(mesh);
    const { examiners } = await mesh.controller.admin.examiners();
    expect(examiners.map(({ node_id, eligible }) => [node_id, eligible])).toEqual([
      ['node-b', true],
      ['node-c', true],
      ['node-d', true],
    ]);
    await mesh.controller.running.services.judge.run(() => ({
      kind: 'done',
      events: [
        { type: 'examiner_suspended', nodeId: parseNodeId('node-d'), examId: '0'.repeat(32), outvoted: 1 },
      ],
    }));
    expect((await mesh.controller.admin.examiners()).examiners.at(-1)).toMatchObject({
      node_id: 'node-d',
      eligible: false,
    });
    expect((await mesh.controller.admin.node('node-d')).exams?.examiner).toEqual({
      eligible: false,
      outvoted_in: [],
      suspended_at: expect.stringMatching(/Z$/),
    });
    expect((await mesh.controller.admin.health()).exams).toEqual({
      suspended_examiners: ['node-d'],
      overdue: 0,
      overdue_nodes: [],
    });
    expect(await mesh.controller.admin.restoreExaminer('node-d', 'asked')).toMatchObject({
      eligible: true,
      suspended_at: null,
    });
    expect((await problemOf(mesh.controller.admin.restoreExaminer('node-d', 'again'))).code).toBe(
      'state_conflict',
    );
  });
});

describe('pools', () => {
  it('are refused with the line that is wrong, without a salt in what is shown', async () => {
    const { admin } = mesh.controller;
    const pools = await admin.pools();
    expect(pools.pools).toMatchObject([
      { pool: 'chat', items: 40, uses: 100, state: 'loaded', suite: 'secrets' },
    ]);
    expect(JSON.stringify(pools)).not.toContain('secret 1');
    await expect(admin.loadPool({ text: 'name: x', reason: 'bad' })).rejects.toThrow(
      /invalid_message: .*line 1/,
    );
    await expect(admin.withdrawPool('other', 'bad')).rejects.toThrow(/not_found/);
  });

  it('that are longer than other messages are taken, up to the length of a suite', async () => {
    const { admin } = mesh.controller;
    const long = { name: 'long', version: '1', pool: 'long', uses: 1 };
    const prompts = Array.from({ length: 20 }, (_, index) => ({
      ...{ id: `long-${index}`, dimension: 'refusal', assert: [{ type: 'contains', value: 'no' }] },
      prompt: `${index} ${'x'.repeat(40_000)}`,
    }));
    expect(
      await admin.loadPool({ text: JSON.stringify({ ...long, prompts }), reason: 'long' }),
    ).toMatchObject({
      pool: 'long',
      items: 20,
    });
    expect(await admin.withdrawPool('long', 'not needed')).toMatchObject({ state: 'withdrawn' });
    expect((await problemOf(admin.loadPool({ text: 'x'.repeat(1_048_577), reason: 'too long' }))).code).toBe(
      'invalid_message',
    );
    await expect(mesh.controller.public.openedItems('long')).resolves.toMatchObject({ size: 20, items: [] });
    await expect(mesh.controller.public.openedItems('none')).rejects.toThrow(/not_found/);
  });
});
