// Sends the prompts of a canary suite to a chat service (OpenAI-compatible) and grades the answers. A run
// with too few answers does not count as a measurement, because missing answers show nothing about behaviour.

import {
  buildChatRequest,
  findTooLittleAnswered,
  gradeRun,
  MAX_CHAT_RESPONSE_BYTES,
  type MatchRegex,
  type PromptOutcome,
  parseSuite,
  type Question,
  readChatAnswer,
  runSuite,
} from '@mesh/harness';
import type { Timers } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { MeasurementError, type Result } from '../result/measurement.ts';
import { askPatiently } from './ask-patiently.ts';
import type { CanaryJob } from './service-job.ts';
import { serviceSignals } from './service-signals.ts';

export interface CanaryPorts {
  readonly timers: Timers;
  readonly monotonicMs: () => number;
  readonly matchRegex: MatchRegex;
}

/**
 * Runs for `job.runMs` at most. Prompts that have no answer by then, or were not sent yet, count as
 * unanswered.
 *
 * @throws HarnessError `invalid_suite`; MeasurementError `unanswered`
 */
export async function runCanary(job: CanaryJob, ports: CanaryPorts): Promise<Result> {
  const suite = parseSuite(job.suiteText);
  const endsAtMs = ports.monotonicMs() + job.runMs;
  const answeredInMs: number[] = [];
  const leftMs = () => endsAtMs - ports.monotonicMs();
  const outcomes = await runSuite({
    suite,
    ask: async (question) => {
      const askedAtMs = ports.monotonicMs();
      const answer = await ask(job, question, leftMs, ports.timers);
      answeredInMs.push(ports.monotonicMs() - askedAtMs);
      return answer;
    },
    matchRegex: ports.matchRegex,
    concurrency: job.concurrency,
    // Hundreds of long answers would take more than the memory of this process.
    keepAnswers: false,
  });
  const tooLittle = findTooLittleAnswered(outcomes, job.minAnswered);
  if (tooLittle !== undefined) throw new MeasurementError('unanswered', tooLittle);
  const { scores, samples } = gradeRun(suite, outcomes);
  const notes = describeFailures(outcomes);
  return { scores, samples, signals: serviceSignals(answeredInMs, outcomes), ...defined({ notes }) };
}

async function ask(
  job: CanaryJob,
  question: Question,
  leftMs: () => number,
  timers: Timers,
): Promise<string> {
  const { url, apiKey, caPem, model, fields, timeoutMs } = job;
  const answer = await askPatiently(
    {
      url,
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(
        buildChatRequest({ model, system: question.system, prompt: question.prompt, fields }),
      ),
      caPem,
      maxBytes: MAX_CHAT_RESPONSE_BYTES,
      timeoutMs,
      timers,
    },
    leftMs,
  );
  return readChatAnswer(answer).text;
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
