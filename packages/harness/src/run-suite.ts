// Asks a service every prompt of a suite and grades each answer. A failure on the way is an outcome of 0. No
// prompt is left out.

import { type AnswerGrade, type AssertionOutcome, gradeAnswer, type MatchRegex } from './assertions.ts';
import { HarnessError } from './harness-error.ts';
import type { Judge } from './judge.ts';
import type { Suite, SuitePrompt } from './suite.ts';

export interface Question {
  readonly id: string;
  readonly system?: string | undefined;
  readonly prompt: string;
}

/**
 * Asks the service one question and resolves with the text of its answer. The implementation has its own time
 * limit. It rejects when that is over, and when `signal` aborts.
 */
export type Ask = (question: Question, signal?: AbortSignal) => Promise<string>;

export interface PromptOutcome {
  readonly id: string;
  readonly dimension: string;
  readonly weight: number;
  /** 0..1 */
  readonly score: number;
  /** The answer as it came; absent if there was none, or answers are not kept. */
  readonly answer?: string;
  /** Why there was no answer to grade. */
  readonly problem?: string;
  /** Empty if there was no answer to grade. */
  readonly assertions: readonly AssertionOutcome[];
}

export interface RunOptions {
  readonly suite: Suite;
  readonly ask: Ask;
  readonly matchRegex: MatchRegex;
  /** For assertions of the type `llm-judge`; without one they fail. */
  readonly judge?: Judge | undefined;
  /** How many questions may be open at a time, 1..64. Default 4. */
  readonly concurrency?: number | undefined;
  /**
   * Whether outcomes hold their answers. Default true. Without them a run needs memory for the answers of the
   * questions that are open, instead of for those of all questions.
   */
  readonly keepAnswers?: boolean | undefined;
  /**
   * Ends the run: it rejects with the signal's reason and gives no outcomes, because half a run is no score.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called after each prompt, in the order in which they finish. An exception from it ends the run. */
  readonly onProgress?: ((outcome: PromptOutcome, done: number, total: number) => void) | undefined;
}

/**
 * @returns one outcome per prompt, in the order of the suite, whatever the order of the answers
 * @throws HarnessError `invalid_option` for a concurrency that is not a whole number from 1 to 64; the
 *   signal's reason when it aborts; what `onProgress` throws
 */
export async function runSuite(options: RunOptions): Promise<PromptOutcome[]> {
  const { suite, concurrency = 4, signal, onProgress } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1 || concurrency > 64) {
    throw new HarnessError(
      'invalid_option',
      `concurrency is ${concurrency}: give a whole number from 1 to 64`,
    );
  }
  signal?.throwIfAborted();

  const outcomes = new Array<PromptOutcome>(suite.prompts.length);
  const queue = suite.prompts.entries();
  let done = 0;
  let stopped = false;
  // The workers share one iterator: each takes the next prompt when it has finished the previous one.
  const work = async (): Promise<void> => {
    for (const [index, prompt] of queue) {
      const outcome = await runPrompt(prompt, options);
      if (stopped) return;
      outcomes[index] = outcome;
      done += 1;
      onProgress?.(outcome, done, suite.prompts.length);
    }
  };
  try {
    await endWith(signal, Promise.all(Array.from({ length: concurrency }, work)));
  } finally {
    stopped = true;
  }
  return outcomes;
}

async function runPrompt(
  prompt: SuitePrompt,
  { suite, ask, matchRegex, judge, keepAnswers = true, signal }: RunOptions,
): Promise<PromptOutcome> {
  const { id, dimension, weight } = prompt;
  let answer: unknown;
  try {
    answer = await ask({ id, system: suite.system, prompt: prompt.prompt }, signal);
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'the question failed';
    return { id, dimension, weight, score: 0, problem, assertions: [] };
  }
  if (typeof answer !== 'string') {
    return { id, dimension, weight, score: 0, problem: 'the answer is not text', assertions: [] };
  }
  let grade: AnswerGrade;
  try {
    grade = await gradeAnswer(prompt, answer, matchRegex, judge);
  } catch (error) {
    const problem = `the judge: ${error instanceof Error ? error.message : 'it failed'}`;
    return { id, dimension, weight, score: 0, problem, assertions: [] };
  }
  return { id, dimension, weight, ...(keepAnswers ? { answer } : {}), ...grade };
}

/** Follows `work`, or rejects as soon as the signal aborts, even if a question never settles. */
async function endWith(signal: AbortSignal | undefined, work: Promise<unknown>): Promise<void> {
  if (signal === undefined) {
    await work;
    return;
  }
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
