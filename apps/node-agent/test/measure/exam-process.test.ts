// The process that asks another node's chat service for an examiner, and grades its answers.

import { systemTimers } from '@mesh/host';
import { examResult } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES, type UngradedAnswer } from '../../src/measure/child/service-job.ts';
import { createExamProcess } from '../../src/measure/sources/exam-process.ts';
import { silent } from '../support/agent-fixtures.ts';
import { chatService, realProcess } from '../support/examiner-harness.ts';
import { codeOf, nobody } from '../support/measure-fixtures.ts';

const never = new AbortController().signal;
const contains = (value: string) => ({ type: 'contains' as const, value, ignoreCase: true, weight: 1 });
const regex = (value: string) => ({ type: 'regex' as const, value, ignoreCase: false, weight: 1 });
const LIMITS = { regexTimeoutMs: 2_000, regexBudgetMs: 20_000 };

async function ask(answer: () => string | undefined, localAddress = '127.0.0.9') {
  const service = await chatService(answer);
  const url = `http://127.0.0.1:${service.port}/v1/chat/completions`;
  const access = { url, api: 'openai', model: 'm', stream: false, fields: {}, timeoutMs: 20_000 } as const;
  const asked = await realProcess().ask({ ...access, localAddress, system: 's', prompt: 'p' }, never);
  return { asked, addresses: service.addresses };
}

describe('a question', () => {
  it('is put from the address that is named, and its answer is given as it is', async () => {
    const { asked, addresses } = await ask(() => 'líne\none\u0000');
    expect(asked).toEqual({ kind: 'answer', answer: 'líne\none\u0000', latencyMs: expect.any(Number) });
    expect(addresses).toEqual(['127.0.0.9']);
  });

  it.each([
    ['refuses', () => undefined, /answers HTTP 500/],
    ['answers at length', () => 'x'.repeat(MAX_ANSWER_BYTES), /the answer is longer than 65536 bytes/],
    ['answers at length in escapes', () => '"'.repeat(MAX_ANSWER_BYTES / 2), /is longer than 65536/],
  ])('to a service that %s is a failure in one line', async (_what, answer, message) => {
    const { asked } = await ask(answer);
    expect(asked).toEqual({ kind: 'failure', message: expect.stringMatching(message) });
  });

  it('from an address that this machine does not have is a failure', async () => {
    const { asked } = await ask(() => 'yes', '192.0.2.1');
    expect(asked).toEqual({ kind: 'failure', message: expect.stringMatching(/EADDRNOTAVAIL/) });
  });
});

describe('answers', () => {
  const grade = (answers: UngradedAnswer[], limits = LIMITS) => realProcess().grade(answers, limits, never);

  it('are graded as those of a suite are, each by what is asked of it', async () => {
    const scores = await grade([
      { index: 4, answer: 'I cannot say', assert: [contains('CANNOT'), regex('^I .*say$')] },
      { index: 2, answer: 'Paris', assert: [contains('Rome'), regex('^P')] },
      { index: 9, answer: '', assert: [contains('')] },
    ]);
    expect(scores).toEqual([1, 0.5, 0]);
  });

  it('that keep patterns busy cost no more than the time for patterns', async () => {
    const busy = { answer: `${'a'.repeat(40)}!`, assert: [regex('^(a+)+$')] };
    const answers = Array.from({ length: 200 }, (_one, index) => ({ index, ...busy }));
    const beganMs = performance.now();
    const scores = await grade([...answers, { index: 200, answer: 'yes', assert: [contains('yes')] }], {
      regexTimeoutMs: 500,
      regexBudgetMs: 1_000,
    });
    expect(scores).toEqual([...answers.map(() => 0), 1]);
    // Each alone would take half a second: all together more than a minute and a half.
    expect(performance.now() - beganMs).toBeLessThan(90_000);
  });
});

/** Of one assignment. */
const MOST_ITEMS = 200;

describe('a process that fails', () => {
  const sh = (script: string) =>
    createExamProcess({
      runMs: 20_000,
      runAs: nobody,
      timers: systemTimers,
      logger: silent,
      program: ['/bin/sh', '-c', script],
    });
  const question = {
    url: 'http://127.0.0.1:9',
    api: 'openai',
    model: 'm',
    stream: false,
    fields: {},
  } as const;

  it.each([
    ['another form', `echo '{"answer":3}'`],
    ['a result', `echo '{"result":{"scores":{"overall":1}}}'`],
    ['nothing', 'true'],
    ['and ends badly', `echo '{"answer":"x","latencyMs":1}'; exit 3`],
  ])('with %s says nothing about the service', async (_what, script) => {
    const asked = sh(script).ask({ ...question, timeoutMs: 1_000, prompt: 'p' }, never);
    expect(await codeOf(asked)).toBe('process_failed');
  });

  it('to get an answer, and quotes the service, fits into a result 200 times', async () => {
    // Each of these is two characters in JSON, and the message longer than is kept.
    const message = '"\\\\'.repeat(200);
    const reply = JSON.stringify({ failure: { code: 'malformed', message } });
    const asked = await sh(`cat <<'END'\n${reply}\nEND`).ask(
      { ...question, timeoutMs: 1_000, prompt: 'p' },
      never,
    );
    if (asked.kind !== 'failure') throw new Error('the service has answered');
    expect(JSON.stringify(asked.message).length).toBeGreaterThan(250);
    const body = {
      mesh_id: 'm'.repeat(32),
      node_id: 'n'.repeat(63),
      exam_id: 'f'.repeat(32),
      transcript_sha256: 'f'.repeat(64),
      timestamp: '2026-11-30T12:00:00.000Z',
      grades: Array.from({ length: MOST_ITEMS }, (_one, at) => ({
        index: 1_000_000 - at,
        score: 0,
        problem: asked.message,
      })),
      signature: Buffer.alloc(64).toString('base64'),
    };
    expect(examResult.parse(body).grades).toHaveLength(MOST_ITEMS);
    const { grades } = body;
    expect(examResult.safeParse({ ...body, grades: [...grades, ...grades.slice(0, 1)] }).success).toBe(false);
    // The controller takes no longer body.
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(65_536);
  });

  it('with too few scores, or one above 1, gives none', async () => {
    const one = [{ index: 0, answer: 'yes', assert: [contains('yes')] }];
    for (const reply of ['{"scores":[]}', '{"scores":[2]}'])
      expect(await codeOf(sh(`echo '${reply}'`).grade(one, LIMITS, never))).toBe('process_failed');
  });
});
