// The messages between the agent and the process that asks a measured service, or reads what one wrote: the
// job and the reply.

import type { Assertion, ReportFormat } from '@mesh/harness';
import * as z from 'zod';
import { MAX_RESULT_BYTES, MEASUREMENT_FAILURES, resultForm } from '../result/measurement.ts';
import type { ChatAccess } from './ask-chat.ts';
import type { JudgeAccess } from './chat-judge.ts';
import type { ServiceAccess } from './service-access.ts';

/** A job: fetch a result that the service made. */
export interface UrlJob extends ServiceAccess {
  readonly kind: 'url';
}

/** A job: send a suite's prompts to a chat service and grade the answers. */
export interface CanaryJob extends ChatAccess {
  readonly kind: 'canary';
  /** YAML. */
  readonly suiteText: string;
  readonly concurrency: number;
  /** 0..1: the share of the prompts that must be answered for the run to count. */
  readonly minAnswered: number;
  /** The time limit of matching one pattern. */
  readonly regexTimeoutMs: number;
  /** The time limit of all questions together, those to the judge included. */
  readonly runMs: number;
  /** For assertions of the type `llm-judge`. */
  readonly judge?: JudgeAccess;
}

/** A job: read a result file, which is open as descriptor 3, and map its measures to scores. */
export interface ReportJob {
  readonly kind: 'report';
  /** For messages. */
  readonly path: string;
  readonly format: ReportFormat;
  /** As `parseMapping` takes it. */
  readonly map: Readonly<Record<string, string>>;
  readonly model?: string;
}

/** A job: ask Prometheus for the numbers that a mapping names, and map them to scores. */
export interface PrometheusJob extends ServiceAccess {
  readonly kind: 'prometheus';
  /** As `parseMapping` takes it; each path is a query. */
  readonly map: Readonly<Record<string, string>>;
}

/** A job that gives scores. */
export type MeasureJob = UrlJob | CanaryJob | ReportJob | PrometheusJob;

/** A job: put one question of an exam to another node's chat service. */
export interface QuestionJob extends ChatAccess {
  readonly kind: 'question';
  readonly system?: string;
  readonly prompt: string;
}

/** An answer that an examiner was given, and what is asked of it. */
export interface UngradedAnswer {
  /** The item's place in the pool. */
  readonly index: number;
  readonly answer: string;
  readonly assert: readonly Assertion[];
}

/** A job: grade answers of an exam. */
export interface GradingJob {
  readonly kind: 'grading';
  readonly answers: readonly UngradedAnswer[];
  /** The time limit of matching one pattern. */
  readonly regexTimeoutMs: number;
  /** The time limit of matching all patterns together. Those that are left then count as failed. */
  readonly regexBudgetMs: number;
}

/** Sent as one line of JSON on standard input, which stays open as long as the agent runs. */
export type ServiceJob = MeasureJob | QuestionJob | GradingJob;

const failureReply = z.strictObject({
  failure: z.strictObject({ code: z.enum(MEASUREMENT_FAILURES), message: z.string().max(4_096) }),
});

/** The reply to a measure job. Each reply is a single JSON document on standard output. */
export const resultReply = z.union([z.strictObject({ result: resultForm }), failureReply]);

/** The reply to a question. */
export const answerReply = z.union([
  z.strictObject({ answer: z.string(), latencyMs: z.number().min(0) }),
  failureReply,
]);

/** The reply to a grading job: a score for each answer, in the same order. */
export const gradesReply = z.union([
  z.strictObject({ scores: z.array(z.number().min(0).max(1)) }),
  failureReply,
]);

export type Reply =
  | z.output<typeof resultReply>
  | z.output<typeof answerReply>
  | z.output<typeof gradesReply>;

/** A result that was parsed and serialised again is at most twice as long. */
export const MAX_REPLY_BYTES = 2 * MAX_RESULT_BYTES;
/** The longest answer to a question of an exam, in bytes of its JSON. */
export const MAX_ANSWER_BYTES = 65_536;
