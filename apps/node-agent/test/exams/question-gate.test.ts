// How many questions are open at a time.

import { describe, expect, it } from 'vitest';
import { QuestionGate } from '../../src/exams/question-gate.ts';

const never = new AbortController().signal;

/** A task that the test ends. */
function task() {
  let end: (how: 'well' | 'badly') => void = () => undefined;
  let hasBegun = false;
  const done = new Promise<'well' | 'badly'>((resolve) => {
    end = resolve;
  });
  const run = async () => {
    hasBegun = true;
    if ((await done) === 'badly') throw new Error('failed');
    return 'result';
  };
  return { run, end, hasBegun: () => hasBegun };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the gate', () => {
  it('lets so many in at a time, in their order', async () => {
    const gate = new QuestionGate(2);
    const tasks = [task(), task(), task()];
    const passed = tasks.map(({ run }, at) => gate.pass(`service ${at}`, never, run));
    await turn();
    expect(tasks.map(({ hasBegun }) => hasBegun())).toEqual([true, true, false]);
    tasks[0]?.end('well');
    expect(await passed[0]).toBe('result');
    await turn();
    expect(tasks[2]?.hasBegun()).toBe(true);
  });

  it('lets one question to a service in at a time, and others past it', async () => {
    const gate = new QuestionGate(3);
    const [first, second, other] = [task(), task(), task()];
    void gate.pass('a', never, first.run);
    void gate.pass('a', never, second.run);
    void gate.pass('b', never, other.run);
    await turn();
    expect([first, second, other].map(({ hasBegun }) => hasBegun())).toEqual([true, false, true]);
    first.end('well');
    await turn();
    expect(second.hasBegun()).toBe(true);
  });

  it('is left by a task that fails', async () => {
    const gate = new QuestionGate(1);
    const failing = task();
    const passed = gate.pass('a', never, failing.run);
    failing.end('badly');
    await expect(passed).rejects.toThrow('failed');
    const next = task();
    next.end('well');
    expect(await gate.pass('a', never, next.run)).toBe('result');
  });

  it('is not waited for any longer than the signal says', async () => {
    const gate = new QuestionGate(1);
    const [first, second, third] = [task(), task(), task()];
    void gate.pass('a', never, first.run);
    const stop = new AbortController();
    const passed = gate.pass('b', stop.signal, second.run);
    stop.abort(new Error('enough'));
    await expect(passed).rejects.toThrow('enough');
    await expect(gate.pass('b', stop.signal, second.run)).rejects.toThrow('enough');
    void gate.pass('c', never, third.run);
    first.end('well');
    await turn();
    expect([second.hasBegun(), third.hasBegun()]).toEqual([false, true]);
  });
});
