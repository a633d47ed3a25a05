// A canary run: what the settings say of it, how long it may take, and the job that it is.

import type { Suite } from '@mesh/harness';
import { AgentError } from '../../errors/agent-error.ts';
import type { ChatAccess } from '../child/ask-chat.ts';
import type { JudgeAccess } from '../child/chat-judge.ts';
import type { CanaryJob } from '../child/service-job.ts';
import type { ReadCredentials } from './credentials.ts';

export interface CanaryRun {
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
}

/** How a chat service is asked; key and CA are read for each run. */
export interface ChatSettings<Access extends ChatAccess> {
  readonly access: Omit<Access, 'apiKey' | 'caPem'>;
  readonly readCredentials: ReadCredentials;
}

/**
 * Reads the keys and CAs.
 *
 * @throws MeasurementError as {@link ReadCredentials}
 */
export function canaryJob(run: CanaryRun, runMs: number): CanaryJob {
  const { service, judge, suiteText, concurrency, minAnswered, regexTimeoutMs } = run;
  return {
    kind: 'canary',
    ...service.access,
    ...service.readCredentials(),
    ...(judge === undefined ? {} : { judge: { ...judge.access, ...judge.readCredentials() } }),
    ...{ suiteText, concurrency, minAnswered, regexTimeoutMs, runMs },
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
  { service, judge, concurrency }: Pick<CanaryRun, 'service' | 'judge' | 'concurrency'>,
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
      : judge.access.timeoutMs * Math.ceil(Math.min(judgments, judge.access.maxQuestions) / concurrency);
  return service.access.timeoutMs * Math.ceil(suite.prompts.length / concurrency) + judging;
}
