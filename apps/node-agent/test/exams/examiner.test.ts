// An examiner from its assignment to its result, with a real chat service and a controller over real TLS.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTranscript, transcriptDigest } from '@mesh/harness';
import { waitUntil } from '@mesh/host/test-kit';
import { problem } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { assignmentOf, containsYes, EXAM_ID } from '../support/exam-desk.ts';
import { chatService, examinerAt, realProcess, workingTunnel } from '../support/examiner-harness.ts';
import { refusal } from '../support/fake-answers.ts';

const PROMPTS = ['one', 'two', 'three'];

describe('an examiner', () => {
  it('asks in the drawn order, commits to what it was told, and sends a grade for each item', async () => {
    const service = await chatService((prompt) => (prompt === 'two' ? 'no' : 'Yes.'));
    const { desk, start, types, path } = await examinerAt({
      exams: [assignmentOf(PROMPTS, service.port)],
      changes: { child: realProcess() },
    });
    const { examiner } = start();
    await waitUntil('the end', () => examiner.progress()[0]?.step === 'sent');
    expect(service.asked).toEqual(PROMPTS);
    expect(desk.results[0]?.grades).toEqual([
      { index: 0, score: 1, latency_ms: expect.any(Number) },
      { index: 10, score: 0, latency_ms: expect.any(Number) },
      { index: 20, score: 1, latency_ms: expect.any(Number) },
    ]);
    const transcript = readFileSync(join(path, `${EXAM_ID}.transcript.json`), 'utf8');
    expect(desk.commitments.map(({ transcript_sha256: digest }) => digest)).toEqual([
      transcriptDigest(transcript),
    ]);
    expect(parseTranscript(transcript).answers.map((one) => 'answer' in one && one.answer)).toEqual([
      'Yes.',
      'no',
      'Yes.',
    ]);
    expect(types()).toEqual(['exam_begun', 'exam_committed', 'exam_result_sent']);
    expect(examiner.progress()).toMatchObject([{ asked: 3, trouble: undefined }]);
  });

  it('gives 0 for what the service does not answer, and says why', async () => {
    const service = await chatService((prompt) => (prompt === 'one' ? 'yes' : undefined));
    const { desk, start, events } = await examinerAt({ exams: [assignmentOf(['one', 'two'], service.port)] });
    start();
    await waitUntil('the result', () => desk.results.length > 0);
    expect(desk.results[0]?.grades).toMatchObject([
      { index: 0, score: 1 },
      { index: 10, score: 0, problem: expect.stringMatching(/answers HTTP 500/) },
    ]);
    expect(desk.results[0]?.grades[1]).not.toHaveProperty('latency_ms');
    await waitUntil('the note', () => events.at(-1)?.type === 'exam_result_sent');
    expect(events.at(-1)).toMatchObject({ items: 2, unanswered: 1 });
  });

  it('gives no result if nothing comes through its tunnel, however the service is', async () => {
    const service = await chatService(() => undefined);
    // The end of the exam comes soon after the second question.
    const nowMs = () => Date.now() + (service.asked.length > 1 ? 595_000 : 0);
    const { desk, start, events } = await examinerAt({
      exams: [assignmentOf(PROMPTS, service.port)],
      tunnel: () => ({ ...workingTunnel()(), rxBytes: 7 }),
      changes: { clock: { nowMs } },
    });
    start();
    await waitUntil('the end', () => events.some(({ type }) => type === 'exam_given_up'));
    expect(events.at(-1)).toMatchObject({
      code: 'tunnel',
      message: expect.stringMatching(/^nothing came through the tunnel to a while its service was asked: /),
    });
    expect([desk.commitments, desk.results]).toEqual([[], []]);
  });

  it('asks on once its tunnel is there', async () => {
    const service = await chatService(() => 'yes');
    let looks = 0;
    const up = workingTunnel();
    const { desk, start } = await examinerAt({
      exams: [assignmentOf(['one'], service.port)],
      tunnel: () => {
        looks += 1;
        return looks > 3 ? up() : { kind: 'down', why: 'not yet' };
      },
    });
    const { examiner } = start();
    await waitUntil('the result', () => desk.results.length > 0);
    expect(service.asked).toEqual(['one']);
    await waitUntil('the end', () => examiner.progress()[0]?.step === 'sent');
  });

  it('that was ended asks only what is missing', async () => {
    const held: (() => void)[] = [];
    const service = await chatService((prompt) => `yes to ${prompt}`);
    const { desk, start } = await examinerAt({ exams: [assignmentOf(PROMPTS, service.port)] });
    let looks = 0;
    const up = workingTunnel();
    const first = start({
      lookAtTunnel: async () => {
        looks += 1;
        if (looks > 2) await new Promise<void>((resolve) => held.push(resolve));
        return up();
      },
    });
    await waitUntil('the third question', () => held.length > 0);
    const ended = first.end();
    for (const release of held) release();
    await ended;
    expect(service.asked).toEqual(['one', 'two']);
    start();
    await waitUntil('the result', () => desk.results.length > 0);
    expect(service.asked).toEqual(PROMPTS);
    expect(desk.commitments).toHaveLength(1);
  });

  it('whose commitment was not answered commits to the same transcript, and asks nothing again', async () => {
    const service = await chatService(() => 'yes');
    const { desk, start } = await examinerAt({ exams: [assignmentOf(PROMPTS, service.port)] });
    const digests: unknown[] = [];
    desk.instead.set('/commitment', () => {
      digests.push('lost');
      return { status: 500, body: {} };
    });
    const first = start();
    await waitUntil('the commitment', () => digests.length > 1);
    await first.end();
    desk.instead.clear();
    start();
    await waitUntil('the result', () => desk.results.length > 0);
    expect(service.asked).toEqual(PROMPTS);
    expect(new Set(desk.commitments.map(({ transcript_sha256: digest }) => digest)).size).toBe(1);
  });

  it('that has sent its result takes the exam no more', async () => {
    const service = await chatService(() => 'yes');
    const { desk, start, types } = await examinerAt({ exams: [assignmentOf(['one'], service.port)] });
    const first = start();
    await waitUntil('the note', () => first.examiner.progress()[0]?.step === 'sent');
    await first.end();
    const { examiner } = start();
    await waitUntil('the second look', () => examiner.progress()[0]?.step === 'sent');
    expect([desk.results.length, service.asked.length]).toEqual([1, 1]);
    expect(types().filter((type) => type === 'exam_begun')).toHaveLength(1);
  });

  it.each([
    ['commitment', '/commitment'],
    ['result', '/result'],
  ])('whose %s is refused gives up and says why', async (_what, path) => {
    const service = await chatService(() => 'yes');
    const { desk, start, events } = await examinerAt({ exams: [assignmentOf(['one'], service.port)] });
    desk.instead.set(path, () => refusal(problem('state_conflict', 'the exam is closed')));
    start();
    await waitUntil('the end', () => events.some(({ type }) => type === 'exam_given_up'));
    expect(events.at(-1)).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/exam is closed/),
    });
    expect(desk.results).toEqual([]);
  });

  it('that cannot grade an item gives no result', async () => {
    const service = await chatService(() => 'yes');
    const { desk, start, events } = await examinerAt({ exams: [assignmentOf(['one'], service.port)] });
    desk.assert = [containsYes, { ...containsYes, type: 'llm-judge' }];
    start();
    await waitUntil('the end', () => events.some(({ type }) => type === 'exam_given_up'));
    expect(events.at(-1)).toMatchObject({
      code: 'grading',
      message: 'an item is graded by "llm-judge", which this agent cannot do: update it',
    });
  });

  it('ends an exam that is closed, and takes it up again if it is named again', async () => {
    const service = await chatService(() => 'yes');
    let isUp = false;
    const up = workingTunnel();
    const { desk, start, types } = await examinerAt({
      exams: [assignmentOf(['one'], service.port)],
      tunnel: () => (isUp ? up() : { kind: 'down', why: 'not yet' }),
    });
    const { examiner } = start();
    await waitUntil('the trouble', () => examiner.progress()[0]?.trouble?.code === 'tunnel');
    examiner.named([]);
    await waitUntil('the end', () => examiner.progress()[0]?.step === 'withdrawn');
    expect(types()).toEqual(['exam_begun']);
    isUp = true;
    examiner.named([EXAM_ID]);
    await waitUntil('the result', () => desk.results.length > 0);
  });

  it('takes the exams that it is told later, and none that it was not named', async () => {
    const service = await chatService(() => 'yes');
    const other = assignmentOf(['other'], service.port, { exam_id: 'cd'.repeat(16) });
    const { desk, start, path } = await examinerAt({ exams: [assignmentOf(['one'], service.port)] });
    desk.exams = [other];
    const { examiner } = start();
    await waitUntil('a fetch', () => desk.fetched > 0);
    desk.exams = [assignmentOf(['one'], service.port), other];
    // The next config names it again.
    examiner.named([EXAM_ID]);
    await waitUntil('the result', () => desk.results.length > 0);
    expect(service.asked).toEqual(['one']);
    expect(readdirSync(path).every((name) => name.startsWith(EXAM_ID))).toBe(true);
  });
});
