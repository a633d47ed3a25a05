// Matches patterns in a worker thread, one at a time and with a time limit. A thread that does not answer in
// time is ended and replaced.

import { Worker } from 'node:worker_threads';
import type { MatchRegex, RegexQuestion } from '@mesh/harness';
import type { Timers } from '@mesh/host';

export function createRegexMatcher(timers: Timers, timeoutMs: number): MatchRegex {
  let worker: Promise<Worker> | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  const end = async () => {
    const ending = worker;
    worker = undefined;
    await (await ending?.catch(() => undefined))?.terminate();
  };
  const ask = async (question: RegexQuestion): Promise<boolean> => {
    worker ??= startWorker();
    const thread = await worker.catch((error: unknown) => {
      worker = undefined;
      throw error;
    });
    try {
      return await askThread(thread, question, timers, timeoutMs);
    } catch (error) {
      await end();
      throw error;
    }
  };
  return (question) => {
    const answer = tail.then(() => ask(question));
    tail = answer.catch(() => undefined);
    return answer;
  };
}

/**
 * The thread's program as text instead of a file, because the process may no longer be able to read its own
 * files.
 */
const THREAD = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ pattern, flags, text }) => {
    let matched;
    try {
      matched = new RegExp(pattern, flags).test(text);
    } catch {
      matched = undefined;
    }
    parentPort.postMessage(matched);
  });
  parentPort.postMessage('ready');
`;

function startWorker(): Promise<Worker> {
  const worker = new Worker(THREAD, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 128 } });
  worker.unref();
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve(worker));
    worker.once('error', reject);
  });
}

function askThread(
  worker: Worker,
  question: RegexQuestion,
  timers: Timers,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      cancel();
      worker.off('message', onMessage);
      worker.off('error', onEnd);
      worker.off('exit', onEnd);
      finish();
    };
    const onMessage = (matched: unknown) =>
      settle(() =>
        typeof matched === 'boolean' ? resolve(matched) : reject(new Error('the pattern cannot be run')),
      );
    const onEnd = () => settle(() => reject(new Error('the pattern needs too much memory')));
    const cancel = timers.setTimer(timeoutMs, () =>
      settle(() => reject(new Error(`the pattern took longer than ${timeoutMs} ms`))),
    );
    worker.on('message', onMessage);
    worker.on('error', onEnd);
    worker.on('exit', onEnd);
    worker.postMessage(question);
  });
}
