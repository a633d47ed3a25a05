// Measurements, and the strict form of scores that come from outside (from a command, a file, or the process
// that asks a service). Anything in another form is a failed measurement. It is reported on this node and not
// submitted, so the node is denied when its last good measurement turns stale.

import { defined, parseRfc3339, parseStrictJson } from '@mesh/primitives';
import type { AttestationEnvelope } from '@mesh/protocol';
import * as z from 'zod';

/** What is said beside the scores, with field names as on the wire. */
export interface SaidSignals {
  /** How long the service takes for an answer: the median, milliseconds. */
  readonly latency_ms?: number;
  /** The share of the prompts that had no answer, 0 to 1. */
  readonly error_rate?: number;
  /** The share of the peers with a recent handshake, 0 to 1. */
  readonly handshakes?: number;
  /** This machine's clock less the controller's, milliseconds. */
  readonly clock_skew_ms?: number;
}

export interface Measurement {
  /** On the controller's clock. */
  readonly measuredAtMs: number;
  readonly suiteVersion: string;
  readonly scores: Readonly<Record<string, number>>;
  readonly samples?: Readonly<Record<string, number>>;
  readonly measuredBy?: 'self' | 'third_party' | 'reproduced' | 'enclave';
  readonly evidence?: { readonly sha256: string; readonly media_type: string; readonly harness: string };
  /** Proves that a third party measured exactly this. */
  readonly attestation?: AttestationEnvelope;
  readonly notes?: string;
  /** Sent only to a controller that asks for them. */
  readonly signals?: SaidSignals;
  /** The controller's challenge that was in force when the measurement began. */
  readonly challenge?: string;
}

export const MEASUREMENT_FAILURES = [
  'timeout',
  'too_large',
  'command_failed',
  /** The process that asks a service ended without a result. */
  'process_failed',
  'unreachable',
  'unanswered',
  /** A result file, or an answer of Prometheus, does not give every score that is mapped. */
  'unscored',
  'malformed',
  'unreadable',
  'unavailable',
] as const;

export type MeasurementFailure = (typeof MEASUREMENT_FAILURES)[number];

/** A measurement could not be made. The code is one of a closed set, and the message says what to do next. */
export class MeasurementError extends Error {
  override readonly name = 'MeasurementError';
  readonly code: MeasurementFailure;

  constructor(code: MeasurementFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export interface MeasureContext {
  /** The challenge in force, if the policy requires one. */
  readonly challenge?: string;
  readonly signal: AbortSignal;
}

/** One way of measuring. It rejects with `MeasurementError` and does not submit anything itself. */
export interface MeasurementSource {
  readonly name: string;
  measure(context: MeasureContext): Promise<Measurement>;
}

export const MAX_RESULT_BYTES = 65_536;

const metric = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/);
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const LINE = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{1,128}$/;
export const line = z.string().regex(LINE, 'must be one line of 1 to 128 characters');

function refuseNoTime(text: string, context: z.RefinementCtx): void {
  try {
    parseRfc3339(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no time' });
  }
}

export const resultForm = z.strictObject({
  scores: z
    .record(metric, z.number().min(0).max(1))
    .refine((scores) => typeof scores.overall === 'number', 'must have an `overall` score between 0 and 1')
    .refine((scores) => Object.keys(scores).length <= 64, 'must name at most 64 metrics'),
  samples: z.record(metric, z.number().int().min(0)).optional(),
  suite_version: line.optional(),
  /** RFC 3339 with a zone. */
  measured_at: z.string().max(40).superRefine(refuseNoTime).optional(),
  measured_by: z.enum(['self', 'third_party', 'reproduced', 'enclave']).optional(),
  evidence: z
    .strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), media_type: line, harness: line })
    .optional(),
  notes: z.string().max(2048).optional(),
  signals: z
    .strictObject({
      latency_ms: z.number().min(0).max(86_400_000).optional(),
      error_rate: z.number().min(0).max(1).optional(),
    })
    .optional(),
});

/** A result, with field names as on the wire. */
export type Result = z.output<typeof resultForm>;

export interface ReadDefaults {
  /** The time of measuring, if the result does not state it. */
  readonly measuredAtMs: number;
  /** What was measured, if the result does not state it. */
  readonly suiteVersion: string;
  readonly challenge?: string | undefined;
}

/**
 * Reads `{ scores: { overall, … }, samples?, suite_version?, measured_at?, … }`.
 *
 * @param where names the origin of the text, for messages
 * @throws MeasurementError `malformed`
 */
export function readResult(text: string, where: string): Result {
  let parsed: ReturnType<typeof resultForm.safeParse>;
  try {
    parsed = resultForm.safeParse(parseStrictJson(text, { maxBytes: MAX_RESULT_BYTES }));
  } catch (error) {
    throw new MeasurementError(
      'malformed',
      `${where}: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new MeasurementError(
    'malformed',
    `${where}: ${issues.join('; ')} (expected {"scores": {"overall": 0..1, …}, "samples": {…}})`,
  );
}

export function toMeasurement(result: Result, defaults: ReadDefaults): Measurement {
  return {
    measuredAtMs: result.measured_at === undefined ? defaults.measuredAtMs : parseRfc3339(result.measured_at),
    suiteVersion: result.suite_version ?? defaults.suiteVersion,
    scores: result.scores,
    ...defined({
      samples: result.samples,
      measuredBy: result.measured_by,
      evidence: result.evidence,
      notes: result.notes,
      signals: result.signals && defined(result.signals),
      challenge: defaults.challenge,
    }),
  };
}
