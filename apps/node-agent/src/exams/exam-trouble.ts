// What keeps an examiner from its work. None of it says anything about the examined node.

import { ProblemError } from '@mesh/protocol';
import { messageOf } from '../errors/agent-error.ts';
import { MeasurementError } from '../measure/result/measurement.ts';

/**
 * `tunnel`: nothing comes through the tunnel to the examined node. `process`: the process that asks and
 * grades fails. `controller`: it does not answer. `refused`: it refuses the commitment or the
 * result. `grading`: this agent cannot grade an item. `late`: the time was too short for all
 * questions. `failed`: anything else, such as a full disk.
 */
export type ExamTroubleCode = 'tunnel' | 'process' | 'controller' | 'refused' | 'grading' | 'late' | 'failed';

/** This node cannot go on with an exam, now or at all. */
export class ExamTrouble extends Error {
  override readonly name = 'ExamTrouble';
  readonly code: ExamTroubleCode;
  /** Whether trying again can help. */
  readonly passes: boolean;

  constructor(
    code: ExamTroubleCode,
    message: string,
    { passes, cause }: { readonly passes: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause });
    this.code = code;
    this.passes = passes;
  }
}

export function troubleOf(error: unknown): ExamTrouble {
  if (error instanceof ExamTrouble) return error;
  const code = error instanceof MeasurementError ? 'process' : 'failed';
  return new ExamTrouble(code, messageOf(error), { passes: true, cause: error });
}

/**
 * Of a request to the controller that failed. A problem of the request itself stays; everything else passes.
 */
export function troubleOfRequest(error: unknown): ExamTrouble {
  if (!(error instanceof ProblemError)) {
    const message = `the controller cannot be asked: ${messageOf(error)}`;
    return new ExamTrouble('controller', message, { passes: true, cause: error });
  }
  const { status, code } = error.problem;
  const passes = status >= 500 || status === 429 || code === 'clock_skew';
  return new ExamTrouble(passes ? 'controller' : 'refused', error.message, { passes, cause: error });
}
