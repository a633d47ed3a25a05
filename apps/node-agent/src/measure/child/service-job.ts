// The messages between the agent and the process that asks a measured service, or reads what one wrote: the
// job and the reply.

import type { ReportFormat } from '@mesh/harness';
import { z } from 'zod';
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

/** Sent as one line of JSON on standard input, which stays open as long as the agent runs. */
export type ServiceJob = UrlJob | CanaryJob | ReportJob | PrometheusJob;

/** The reply: a single JSON document on standard output. */
export const replyForm = z.union([
  z.strictObject({ result: resultForm }),
  z.strictObject({
    failure: z.strictObject({ code: z.enum(MEASUREMENT_FAILURES), message: z.string().max(4_096) }),
  }),
]);

export type Reply = z.output<typeof replyForm>;

/** A result that was parsed and serialised again is at most twice as long. */
export const MAX_REPLY_BYTES = 2 * MAX_RESULT_BYTES;
