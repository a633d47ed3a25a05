// Sends the prompts of a canary suite to a chat service and grades the answers. A run with too few answers
// does not count as a measurement, because missing answers show nothing about behaviour.

import {
  findTooLittleAnswered,
  gradeRun,
  type MatchRegex,
  type PromptOutcome,
  parseSuite,
  runSuite,
  type Suite,
} from '@mesh/harness';
import type { Timers } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { MeasurementError, type Result } from '../result/measurement.ts';
import { askChat } from './ask-chat.ts';
import { createChatJudge } from './chat-judge.ts';
import type { CanaryJob } from './service-job.ts';
import { serviceSignals } from './service-signals.ts';

export interface CanaryPorts {
  readonly timers: Timers;
  readonly monotonicMs: () => number;
  readonly matchRegex: MatchRegex;
  readonly signal?: AbortSignal | undefined;
  /** Called after each prompt. */
  readonly onProgress?: ((outcome: PromptOutcome, done: number, total: number) => void) | undefined;
}

/**
 * Runs for `job.runMs` at most. Prompts that have no answer by then, or were not sent yet, count as
 * unanswered.
 *
 * @throws HarnessError `invalid_suite`; MeasurementError `unanswered`
 */
export async function runCanary(job: CanaryJob, ports: CanaryPorts): Promise<Result> {
  const suite = parseSuite(job.suiteText);
  const { outcomes, answeredInMs } = await askSuite(suite, job, ports);
  const tooLittle = findTooLittleAnswered(outcomes, job.minAnswered);
  if (tooLittle !== undefined) throw new MeasurementError('unanswered', tooLittle);
  const { scores, samples } = gradeRun(suite, outcomes);
  const notes = describeFailures(outcomes);
  // If the judge could not grade an answer, that is not an error of the service.
  const asAnswered = outcomes.map(({ id, problem }) =>
    defined({ problem: answeredInMs.has(id) ? undefined : problem }),
  );
  return {
    scores,
    samples,
    signals: serviceSignals([...answeredInMs.values()], asAnswered),
    ...defined({ notes }),
  };
}

/** The outcomes of a run, whatever they are, and by id how long each answer took that came. */
export async function askSuite(
  suite: Suite,
  job: Omit<CanaryJob, 'kind' | 'suiteText' | 'minAnswered'>,
  { timers, monotonicMs, matchRegex, signal, onProgress }: CanaryPorts,
): Promise<{ outcomes: PromptOutcome[]; answeredInMs: ReadonlyMap<string, number> }> {
  const endsAtMs = monotonicMs() + job.runMs;
  const leftMs = () => endsAtMs - monotonicMs();
  const { judge } = job;
  const answeredInMs = new Map<string, number>();
  const outcomes = await runSuite({
    suite,
    ask: async (question) => {
      const askedAtMs = monotonicMs();
      const answer = await askChat(job, question, leftMs, timers);
      answeredInMs.set(question.id, monotonicMs() - askedAtMs);
      return answer;
    },
    matchRegex,
    judge: judge === undefined ? undefined : createChatJudge(judge, leftMs, timers),
    concurrency: job.concurrency,
    // Hundreds of long answers would take more than the memory of this process.
    keepAnswers: false,
    signal,
    onProgress,
  });
  return { outcomes, answeredInMs };
}

/** Names the prompts that did not pass, without their answers. */
function describeFailures(outcomes: readonly PromptOutcome[]): string | undefined {
  const failed = outcomes.filter((outcome) => outcome.score < 1);
  if (failed.length === 0) return undefined;
  const unanswered = failed.filter((outcome) => outcome.problem !== undefined).length;
  const ids = failed.map((outcome) => outcome.id).join(', ');
  return `${failed.length} of ${outcomes.length} prompts failed, ${unanswered} without an answer: ${ids}`.slice(
    0,
    1_024,
  );
}
