// What the agent sends to the process that asks a measured service, and what it accepts from it.

import { z } from 'zod';
import { MAX_RESULT_BYTES, MEASUREMENT_FAILURES, resultForm } from '../result/measurement.ts';

interface Asked {
  /** http or https. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly apiKey?: string;
  /** PEM: trusted instead of the public certificate authorities. */
  readonly caPem?: string;
  /** For one question. */
  readonly timeoutMs: number;
}

/** Fetches a result that the service made. */
export interface UrlJob extends Asked {
  readonly kind: 'url';
}

/** Puts a suite to a chat service and grades the answers. */
export interface CanaryJob extends Asked {
  readonly kind: 'canary';
  readonly model: string;
  /** Merged over the fields of each request. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** YAML. */
  readonly suiteText: string;
  readonly concurrency: number;
  /** 0..1: the share of the prompts that must be answered for the run to count. */
  readonly minAnswered: number;
  /** For one pattern. */
  readonly regexTimeoutMs: number;
  /** For all questions together. */
  readonly runMs: number;
}

/** One line of JSON on standard input, which stays open for as long as the agent lives. */
export type ServiceJob = UrlJob | CanaryJob;

/** The one JSON document on standard output. */
export const replyForm = z.union([
  z.strictObject({ result: resultForm }),
  z.strictObject({
    failure: z.strictObject({ code: z.enum(MEASUREMENT_FAILURES), message: z.string().max(4_096) }),
  }),
]);

export type Reply = z.output<typeof replyForm>;

/** A result that was parsed and written again is never twice as long. */
export const MAX_REPLY_BYTES = 2 * MAX_RESULT_BYTES;
