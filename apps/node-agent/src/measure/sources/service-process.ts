// Starts the process that asks a service (child/measure-child.ts) and reads its reply. What a measured
// service answers never gets further than that process: the agent reads one document of a known form and
// size.

import { fileURLToPath } from 'node:url';
import type { Logger, Timers } from '@mesh/host';
import { defined, parseStrictJson } from '@mesh/primitives';
import { printable } from '@mesh/protocol';
import type * as z from 'zod';
import { MAX_REPLY_BYTES, type MeasureJob, resultReply, type ServiceJob } from '../child/service-job.ts';
import { findConfinement } from '../confinement/confinement.ts';
import { runConfined } from '../confinement/run-confined.ts';
import type { UnprivilegedUser } from '../confinement/unprivileged-user.ts';
import { MeasurementError, type Result } from '../result/measurement.ts';
import { serviceNameOf } from '../result/service-name.ts';

export interface ServiceProcessOptions {
  /** The time limit of all questions of one run together. */
  readonly runMs: number;
  /** The user to become; undefined if there is none. */
  readonly runAs: UnprivilegedUser | undefined;
  readonly timers: Timers;
  readonly logger: Pick<Logger, 'warn'>;
  /** The program that takes the job; by default the one of this package. */
  readonly program?: readonly string[];
}

/**
 * Rejects with a MeasurementError: the failure that the process reports, or how the process ended.
 *
 * @param file an open file for a job that reads one; it stays the caller's
 */
export type PerformJob = (job: MeasureJob, signal: AbortSignal, file?: number) => Promise<Result>;

/** A job, and the reply that it is to have. */
export interface AskedJob<Form extends z.ZodType> {
  readonly job: ServiceJob;
  /** The process, for messages. */
  readonly what: string;
  readonly form: Form;
  readonly maxBytes: number;
}

/**
 * Resolves with the reply, which may be a failure of what was to be asked or read. Rejects with a
 * MeasurementError if the process itself fails.
 */
export type RunJob = <Form extends z.ZodType>(
  asked: AskedJob<Form>,
  signal: AbortSignal,
  file?: number,
) => Promise<z.output<Form>>;

/** How long starting the process and grading may take on a busy machine, in addition to the questions. */
export const GRACE_MS = 10_000;
/** RLIMIT_DATA: Node reserves far more than it uses, and would not start with half of this. */
const MEMORY_BYTES = 2_048 * 1_048_576;
const HEAP_MB = 256;
/** A run has about twelve threads. This leaves room for other agents on the machine. */
const MAX_PROCESSES = 512;
const MAX_MESSAGE_LENGTH = 600;

export function createServiceProcess(options: ServiceProcessOptions): PerformJob {
  const run = createJobProcess(options);
  return async (job, signal, file) => {
    const what =
      job.kind === 'report'
        ? `the process that reads ${job.path}`
        : `the process that asks ${serviceNameOf(job.url)}`;
    const reply = await run({ job, what, form: resultReply, maxBytes: MAX_REPLY_BYTES }, signal, file);
    if ('result' in reply) return reply.result;
    throw failureIn(reply);
  };
}

/** What a process has reported as its failure. */
export function failureIn({
  failure: { code, message },
}: Extract<z.output<typeof resultReply>, { readonly failure: unknown }>): MeasurementError {
  return new MeasurementError(code, printable(message, MAX_MESSAGE_LENGTH));
}

export function createJobProcess(options: ServiceProcessOptions): RunJob {
  const { runAs, timers, logger, program = ownProgram() } = options;
  const timeoutMs = options.runMs + GRACE_MS;
  const confinement = findConfinement({
    memoryBytes: MEMORY_BYTES,
    timeoutMs,
    maxProcesses: MAX_PROCESSES,
    runAs,
    becomes: 'by itself',
  });
  if (runAs === undefined) {
    logger.warn(
      "the process that asks services, or reads a result file, runs as the agent's own user, without capabilities: taken over by what a service answers, it could read the agent's keys; run the agent as root to have another user take its place",
    );
  }
  return async ({ job, what, form, maxBytes }, signal, file) => {
    if (confinement === undefined) {
      throw new MeasurementError(
        'unavailable',
        'setpriv and prlimit are needed to ask a service or read a result file safely: install util-linux, or measure by a file of scores',
      );
    }
    const output = await runConfined({
      what,
      command: [...confinement.prefix, ...program, runAs === undefined ? '-' : `${runAs.uid}:${runAs.gid}`],
      env: environment(),
      input: `${JSON.stringify(job)}\n`,
      ...defined({ file }),
      maxBytes,
      timeoutMs,
      timers,
      signal,
      failure: 'process_failed',
    });
    return readReply(output, what, form, maxBytes);
  };
}

/** The program is next to this file, as source or as the single file that it is built into. */
export function ownProgram(): string[] {
  const isSource = import.meta.url.endsWith('.ts');
  const file = isSource ? '../child/measure-child.ts' : './measure-child.cjs';
  return [
    process.execPath,
    `--max-old-space-size=${HEAP_MB}`,
    ...(isSource ? ['--conditions=@mesh/source'] : []),
    fileURLToPath(new URL(file, import.meta.url)),
  ];
}

function environment(): Record<string, string> {
  const cache = process.env.NODE_COMPILE_CACHE;
  return {
    LANG: 'C.UTF-8',
    // io_uring is off, because a ring that the kernel polls keeps the privileges of its creator. Other rings
    // use those of the submitter.
    UV_USE_IO_URING: '0',
    ...defined({ NODE_COMPILE_CACHE: cache }),
  };
}

function readReply<Form extends z.ZodType>(
  output: string,
  what: string,
  form: Form,
  maxBytes: number,
): z.output<Form> {
  let document: unknown;
  try {
    document = parseStrictJson(output, { maxBytes });
  } catch (error) {
    throw new MeasurementError('process_failed', `${what} did not reply in JSON`, { cause: error });
  }
  const parsed = form.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new MeasurementError('process_failed', `${what} replied in another form than was asked for`);
}
