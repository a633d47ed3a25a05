// Puts a canary suite to the node's own chat service (OpenAI-compatible) and grades the answers. A run in
// which too little was answered is no measurement: what is no behaviour is not graded as behaviour.

import { createHash } from 'node:crypto';
import {
  buildChatRequest,
  completeChatUrl,
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
import { MeasurementError, type MeasurementSource } from '../measurement.ts';
import { askPatiently } from './ask-patiently.ts';

export interface CanarySourceOptions {
  /** Completed by `completeChatUrl`. */
  readonly endpoint: string;
  readonly model: string;
  /** Laid over the fields of each request. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** YAML. */
  readonly suiteText: string;
  readonly apiKey?: string;
  /** Of one question. */
  readonly timeoutMs: number;
  readonly concurrency: number;
  /** 0..1: the share of the prompts that must be answered for the run to count. */
  readonly minAnswered: number;
  readonly timers: Timers;
  readonly matchRegex: MatchRegex;
  readonly controllerNowMs: () => number;
}

/** @throws HarnessError `invalid_suite` */
export function createCanarySource(options: CanarySourceOptions): MeasurementSource {
  const suite = parseSuite(options.suiteText);
  const digest = createHash('sha256').update(options.suiteText).digest('hex');
  const suiteVersion = `${suite.name}/${suite.version}`.slice(0, 100);
  const url = completeChatUrl(options.endpoint);
  return {
    name: 'canary',
    async measure({ challenge, signal }) {
      const startedAtMs = options.controllerNowMs();
      // As long as the run takes at most where the service is slow instead of busy.
      const runMs = options.timeoutMs * Math.ceil(suite.prompts.length / options.concurrency);
      const leftMs = () => startedAtMs + runMs - options.controllerNowMs();
      const outcomes = await runSuite({
        suite,
        ask: (question, asked) => ask(url, options, question, leftMs, asked),
        matchRegex: options.matchRegex,
        concurrency: options.concurrency,
        signal,
      });
      const tooLittle = findTooLittleAnswered(outcomes, options.minAnswered);
      if (tooLittle !== undefined) throw new MeasurementError('unanswered', tooLittle);
      const { scores, samples } = gradeRun(suite, outcomes);
      const notes = describeFailures(outcomes);
      return {
        measuredAtMs: startedAtMs,
        // The digest says which text was run, whatever the suite calls itself.
        suiteVersion: `${suiteVersion}#${digest.slice(0, 12)}`,
        scores,
        samples,
        ...(notes === undefined ? {} : { notes }),
        ...(challenge === undefined ? {} : { challenge }),
      };
    },
  };
}

async function ask(
  url: string,
  { model, fields, apiKey, timeoutMs, timers }: CanarySourceOptions,
  question: Question,
  leftMs: () => number,
  signal: AbortSignal | undefined,
): Promise<string> {
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
      maxBytes: MAX_CHAT_RESPONSE_BYTES,
      timeoutMs,
      timers,
      signal,
    },
    leftMs,
  );
  return readChatAnswer(answer).text;
}

/** Names the prompts that did not pass; their answers stay here. */
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
