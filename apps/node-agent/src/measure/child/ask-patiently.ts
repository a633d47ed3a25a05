// Asks a service, and asks again if it is busy, as long as there is time.

import { findRetryWaitMs } from '@mesh/harness';
import { sleep } from '@mesh/host';
import { askService, RefusedByService, type ServiceQuestion } from './ask-service.ts';

/**
 * @param leftMs the time that asking and waiting may still take; it also shortens the time of an exchange
 * @throws MeasurementError as `askService` does; the signal's reason if it aborts during a wait
 */
export async function askPatiently(question: ServiceQuestion, leftMs: () => number): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await askService({ ...question, timeoutMs: Math.min(question.timeoutMs, leftMs()) });
    } catch (error) {
      if (!(error instanceof RefusedByService)) throw error;
      const waitMs = findRetryWaitMs(error.answer, attempt, leftMs());
      if (waitMs === undefined) throw error;
      await sleep(question.timers, waitMs, question.signal);
    }
  }
}
