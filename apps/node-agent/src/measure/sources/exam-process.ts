// What an examiner has an unprivileged process do: ask another node's chat service, and grade its answers.

import {
  answerReply,
  type GradingJob,
  gradesReply,
  MAX_ANSWER_BYTES,
  type QuestionJob,
  type UngradedAnswer,
} from '../child/service-job.ts';
import { MeasurementError } from '../result/measurement.ts';
import { serviceNameOf } from '../result/service-name.ts';
import { createJobProcess, failureIn, type RunJob, type ServiceProcessOptions } from './service-process.ts';

/** What came of a question. `failure`: the service gave no answer, as far as the process could see. */
export type Asked =
  | { readonly kind: 'answer'; readonly answer: string; readonly latencyMs: number }
  | { readonly kind: 'failure'; readonly message: string };

export interface ExamProcess {
  /** Rejects with a MeasurementError if the process itself fails. */
  ask(question: Omit<QuestionJob, 'kind'>, signal: AbortSignal): Promise<Asked>;
  /**
   * @returns a score for each answer, in their order
   * @throws MeasurementError if the process fails, or does not give every score
   */
  grade(
    answers: readonly UngradedAnswer[],
    limits: Pick<GradingJob, 'regexTimeoutMs' | 'regexBudgetMs'>,
    signal: AbortSignal,
  ): Promise<readonly number[]>;
}

/** An answer, and the rest of its reply. */
const MAX_ANSWER_REPLY_BYTES = MAX_ANSWER_BYTES + 1_024;
const MAX_GRADES_REPLY_BYTES = 65_536;
/** Of a failure. A result of 200 of them still fits in a request. */
const MAX_FAILURE_LENGTH = 128;

/** @param options `runMs`: the time limit of one question, and of the patterns of one grading */
export function createExamProcess(options: ServiceProcessOptions): ExamProcess {
  let created: RunJob | undefined;
  // What there is to warn of is said to those who have an exam to take.
  const run: RunJob = (asked, signal) => {
    created ??= createJobProcess(options);
    return created(asked, signal);
  };
  return {
    async ask(question, signal) {
      const what = `the process that asks ${serviceNameOf(question.url)}`;
      const job = { kind: 'question', ...question } as const;
      const reply = await run({ job, what, form: answerReply, maxBytes: MAX_ANSWER_REPLY_BYTES }, signal);
      if ('answer' in reply) return { kind: 'answer', ...reply };
      return { kind: 'failure', message: asciiLine(failureIn(reply).message) };
    },
    async grade(answers, limits, signal) {
      const what = 'the process that grades answers';
      const job = { kind: 'grading', answers, ...limits } as const;
      const reply = await run({ job, what, form: gradesReply, maxBytes: MAX_GRADES_REPLY_BYTES }, signal);
      if ('failure' in reply) throw failureIn(reply);
      if (reply.scores.length !== answers.length)
        throw new MeasurementError('process_failed', `${what} did not grade every answer`);
      return reply.scores;
    },
  };
}

/** The message may quote the service, so only characters that end no line and hide nothing are left. */
function asciiLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, '?').slice(0, MAX_FAILURE_LENGTH) || 'no answer';
}
