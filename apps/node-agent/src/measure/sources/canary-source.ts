// Measures with a canary suite: an unprivileged process sends its prompts to the node's own chat service and
// grades the answers. The agent reads the suite, which is the operator's file, and determines its name and
// digest.

import { createHash } from 'node:crypto';
import { parseSuite, type Suite } from '@mesh/harness';
import { AgentError } from '../../errors/agent-error.ts';
import type { ChatAccess } from '../child/ask-chat.ts';
import type { JudgeAccess } from '../child/chat-judge.ts';
import type { MeasurementSource } from '../result/measurement.ts';
import { toMeasurement } from '../result/measurement.ts';
import type { ReadCredentials } from './credentials.ts';
import type { PerformJob } from './service-process.ts';

export interface CanarySourceOptions {
  readonly service: ChatSettings<ChatAccess>;
  /** For assertions of the type `llm-judge`. */
  readonly judge?: ChatSettings<JudgeAccess> | undefined;
  /** YAML. */
  readonly suiteText: string;
  readonly concurrency: number;
  /** 0..1: the share of the prompts that must be answered for the run to count. */
  readonly minAnswered: number;
  /** The time limit of matching one pattern. */
  readonly regexTimeoutMs: number;
  /** @param runMs the time limit of all questions of a run together */
  readonly processFor: (runMs: number) => PerformJob;
  readonly controllerNowMs: () => number;
}

/** How a chat service is asked; key and CA are read for each run. */
export interface ChatSettings<Access extends ChatAccess> {
  readonly access: Omit<Access, 'apiKey' | 'caPem'>;
  readonly readCredentials: ReadCredentials;
}

/** @throws HarnessError `invalid_suite`; AgentError `usage` if the suite asks a judge and there is none */
export function createCanarySource(options: CanarySourceOptions): MeasurementSource {
  const { service, judge, suiteText, concurrency } = options;
  const { minAnswered, regexTimeoutMs, controllerNowMs } = options;
  const suite = parseSuite(suiteText);
  const digest = createHash('sha256').update(suiteText).digest('hex');
  // The digest identifies the text of the suite, whatever its name is.
  const suiteVersion = `${`${suite.name}/${suite.version}`.slice(0, 100)}#${digest.slice(0, 12)}`;
  const runMs = longestRunMs(suite, concurrency, service.access.timeoutMs, judge?.access);
  const perform = options.processFor(runMs);
  return {
    name: 'canary',
    async measure({ challenge, signal }) {
      const measuredAtMs = controllerNowMs();
      const asked = { ...service.access, ...service.readCredentials() };
      const second = judge === undefined ? {} : { judge: { ...judge.access, ...judge.readCredentials() } };
      const run = { suiteText, concurrency, minAnswered, regexTimeoutMs, runMs };
      const { scores, samples, notes, signals } = await perform(
        { kind: 'canary', ...asked, ...second, ...run },
        signal,
      );
      return toMeasurement({ scores, samples, notes, signals }, { measuredAtMs, suiteVersion, challenge });
    },
  };
}

/** How many questions to a judge a suite has. */
export function countJudgments({ prompts }: Suite): number {
  return prompts.flatMap(({ assert }) => assert).filter(({ type }) => type === 'llm-judge').length;
}

/**
 * How long a run takes if each question takes its full time.
 *
 * @throws AgentError `usage` if the suite asks a judge and there is none
 */
export function longestRunMs(
  suite: Suite,
  concurrency: number,
  timeoutMs: number,
  judge: Pick<JudgeAccess, 'timeoutMs' | 'maxQuestions'> | undefined,
): number {
  const judgments = countJudgments(suite);
  if (judgments > 0 && judge === undefined)
    throw new AgentError(
      'usage',
      'the suite has assertions of the type llm-judge, and no judge is set: set one, or take them out',
    );
  const judging =
    judge === undefined
      ? 0
      : judge.timeoutMs * Math.ceil(Math.min(judgments, judge.maxQuestions) / concurrency);
  return timeoutMs * Math.ceil(suite.prompts.length / concurrency) + judging;
}
