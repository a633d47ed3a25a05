// Tries until it succeeds, or the time is over.

import { sleep } from '@mesh/host';
import { ProblemError } from '@mesh/protocol';
import { backoffMs } from '../uplink/channel/backoff.ts';
import type { ExamPorts } from './exam-ports.ts';
import type { ExamProgress } from './exam-progress.ts';
import type { ExamTrouble } from './exam-trouble.ts';

export interface Persistence {
  /** On the controller's clock. */
  readonly untilMs: number;
  readonly progress: ExamProgress;
  readonly troubleOf: (error: unknown) => ExamTrouble;
}

const BACKOFF = { firstMs: 1_000, maxMs: 30_000 };

/**
 * @throws ExamTrouble that does not pass, or the last one when the time is over; the signal's reason if it
 *   aborts
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  { untilMs, progress, troubleOf }: Persistence,
  { clock, timers, random }: Pick<ExamPorts, 'clock' | 'timers' | 'random'>,
  signal: AbortSignal,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      const result = await attempt();
      progress.trouble = undefined;
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const trouble = troubleOf(error);
      progress.trouble = trouble;
      const retryAfter = error instanceof ProblemError ? error.retryAfterSeconds : undefined;
      const waitMs = backoffMs(failures, random(), BACKOFF, retryAfter);
      if (!trouble.passes || clock.nowMs() + waitMs >= untilMs) throw trouble;
      await sleep(timers, waitMs, signal);
    }
  }
}
