import { type Ask, gradeRun, HarnessError, type PromptOutcome, type Question, runSuite } from '@mesh/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertionOf, matchHere, suiteOf } from './example-suite.ts';

const ids = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `p${i}` }));

/** A service that answers when the test says so, one question at a time, in any order. */
function heldService() {
  const open = new Map<string, (answer: string | Error) => void>();
  const asked: string[] = [];
  const ask: Ask = ({ id }) =>
    new Promise((resolve, reject) => {
      asked.push(id);
      open.set(id, (answer) => {
        open.delete(id);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    });
  return { ask, asked, open };
}

/** Waits until everything has run that does not need an answer. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('runSuite', () => {
  it('asks every prompt once, with the system message, and grades in the order of the suite', async () => {
    const questions: Question[] = [];
    const suite = { ...suiteOf({ id: 'x' }, { id: 'y', prompt: 'Say yes.' }), system: 'Be brief.' };
    const outcomes = await runSuite({
      suite,
      matchRegex: matchHere,
      ask: async (question) => {
        questions.push(question);
        return question.id === 'x' ? 'no' : 'yes';
      },
    });
    expect(questions).toEqual([
      { id: 'x', system: 'Be brief.', prompt: 'Say no.' },
      { id: 'y', system: 'Be brief.', prompt: 'Say yes.' },
    ]);
    expect(outcomes).toEqual([
      {
        id: 'x',
        dimension: 'refusal',
        weight: 1,
        score: 1,
        answer: 'no',
        assertions: [{ type: 'contains', passed: true }],
      },
      {
        id: 'y',
        dimension: 'refusal',
        weight: 1,
        score: 0,
        answer: 'yes',
        assertions: [{ type: 'contains', passed: false }],
      },
    ]);
  });

  it.each([
    ['rejects', async () => Promise.reject(new Error('timed out after 30 s')), 'timed out after 30 s'],
    ['rejects with something else', async () => Promise.reject('no'), 'the question failed'],
    [
      'throws at once',
      () => {
        throw new Error('no route');
      },
      'no route',
    ],
    ['gives no text', async () => undefined as unknown as string, 'the answer is not text'],
    [
      'gives an object',
      async () => ({ includes: () => true }) as unknown as string,
      'the answer is not text',
    ],
  ] as [string, Ask, string][])(
    'counts a question that %s as failed, and asks the others',
    async (_what, broken, problem) => {
      const suite = suiteOf(
        { id: 'good' },
        { id: 'broken', assert: [assertionOf('not-contains', 'x')] },
        { id: 'last' },
      );
      const outcomes = await runSuite({
        suite,
        matchRegex: matchHere,
        concurrency: 1,
        ask: (question) => (question.id === 'broken' ? broken(question) : Promise.resolve('no')),
      });
      expect(outcomes.map(({ score }) => score)).toEqual([1, 0, 1]);
      expect(outcomes[1]).toEqual({
        id: 'broken',
        dimension: 'refusal',
        weight: 1,
        score: 0,
        problem,
        assertions: [],
      });
      expect(gradeRun(suite, outcomes)).toEqual({
        scores: { overall: 2 / 3, refusal: 2 / 3 },
        samples: { overall: 3, refusal: 3 },
      });
    },
  );

  it('scores 0 if the service is gone', async () => {
    const suite = suiteOf(...ids(5));
    const ask = () => Promise.reject(new Error('connect ECONNREFUSED'));
    const { scores } = gradeRun(suite, await runSuite({ suite, ask, matchRegex: matchHere }));
    expect(scores).toEqual({ overall: 0, refusal: 0 });
  });

  it.each([1, 2, 3, 64])(
    'keeps at most %d questions open, and that many as long as possible',
    async (concurrency) => {
      const { ask, asked, open } = heldService();
      const run = runSuite({ suite: suiteOf(...ids(7)), ask, matchRegex: matchHere, concurrency });
      for (let left = 7; left > 0; left -= 1) {
        await settle();
        expect(open.size).toBe(Math.min(concurrency, left));
        [...open.values()].at(-1)?.('no');
      }
      expect((await run).map(({ id }) => id)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
      expect(asked).toHaveLength(7);
    },
  );

  it('gives the same outcomes for any concurrency and order of answers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('no', 'yes', 'error'), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 16 }),
        fc.infiniteStream(fc.nat()),
        async (answers, concurrency, picks) => {
          const { ask, open } = heldService();
          const run = runSuite({
            suite: suiteOf(...ids(answers.length)),
            ask,
            matchRegex: matchHere,
            concurrency,
          });
          for (const _ of answers) {
            await settle();
            const waiting = [...open];
            const [id, answer] = waiting[(picks.next().value ?? 0) % waiting.length] ?? expect.unreachable();
            const text = answers[Number(id.slice(1))] ?? '';
            answer(text === 'error' ? new Error('failed') : text);
          }
          const outcomes = await run;
          expect(outcomes.map(({ score }) => score)).toEqual(
            answers.map((answer) => (answer === 'no' ? 1 : 0)),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('reports progress as prompts finish', async () => {
    const { ask, open } = heldService();
    const seen: [string, number, number][] = [];
    const onProgress = ({ id }: PromptOutcome, done: number, total: number) => seen.push([id, done, total]);
    const run = runSuite({
      suite: suiteOf(...ids(2)),
      ask,
      matchRegex: matchHere,
      concurrency: 2,
      onProgress,
    });
    open.get('p1')?.('no');
    await settle();
    open.get('p0')?.(new Error('failed'));
    await run;
    expect(seen).toEqual([
      ['p1', 1, 2],
      ['p0', 2, 2],
    ]);
  });

  it('ends at once when aborted, although the service never answers, and asks nothing more', async () => {
    const { ask, asked, open } = heldService();
    const controller = new AbortController();
    const run = runSuite({
      suite: suiteOf(...ids(6)),
      ask,
      matchRegex: matchHere,
      concurrency: 2,
      signal: controller.signal,
    });
    await settle();
    controller.abort(new Error('the agent stops'));
    await expect(run).rejects.toThrow('the agent stops');
    for (const answer of open.values()) answer('no');
    await settle();
    expect(asked).toEqual(['p0', 'p1']);
  });

  it('passes the signal to the question and asks nothing if it has already aborted', async () => {
    const controller = new AbortController();
    const signals: unknown[] = [];
    const ask: Ask = async (_question, signal) => {
      signals.push(signal);
      return 'no';
    };
    const options = { suite: suiteOf(...ids(1)), ask, matchRegex: matchHere, signal: controller.signal };
    await runSuite(options);
    controller.abort(new Error('too late'));
    await expect(runSuite(options)).rejects.toThrow('too late');
    expect(signals).toEqual([controller.signal]);
  });

  it('gives no outcomes if the last answer came together with the abort', async () => {
    const controller = new AbortController();
    const ask: Ask = async () => {
      controller.abort(new Error('stopped'));
      return 'no';
    };
    const run = runSuite({
      suite: suiteOf(...ids(1)),
      ask,
      matchRegex: matchHere,
      signal: controller.signal,
    });
    await expect(run).rejects.toThrow('stopped');
  });

  it('keeps no answer where answers are not wanted, and gives the same grades', async () => {
    const options = { suite: suiteOf(...ids(3)), ask: async () => 'yes', matchRegex: matchHere };
    const kept = await runSuite(options);
    const dropped = await runSuite({ ...options, keepAnswers: false });
    expect(kept.map(({ answer }) => answer)).toEqual(['yes', 'yes', 'yes']);
    expect(dropped).toEqual(kept.map(({ answer: _answer, ...outcome }) => outcome));
  });

  it('ends with what onProgress throws and asks nothing more', async () => {
    const { ask, asked, open } = heldService();
    const onProgress = () => {
      throw new Error('the screen is gone');
    };
    const run = runSuite({
      suite: suiteOf(...ids(4)),
      ask,
      matchRegex: matchHere,
      concurrency: 2,
      onProgress,
    });
    open.get('p0')?.('no');
    await expect(run).rejects.toThrow('the screen is gone');
    open.get('p1')?.('no');
    await settle();
    expect(asked).toEqual(['p0', 'p1']);
  });

  it.each([0, -1, 1.5, 65, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a concurrency of %d',
    async (concurrency) => {
      const run = runSuite({
        suite: suiteOf(...ids(1)),
        ask: async () => 'no',
        matchRegex: matchHere,
        concurrency,
      });
      await expect(run).rejects.toThrow(HarnessError);
    },
  );
});
