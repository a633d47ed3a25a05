// Puts one question of an exam to another node's chat service.

import { HarnessError } from '@mesh/harness';
import type { Timers } from '@mesh/host';
import { MeasurementError } from '../result/measurement.ts';
import { askChat } from './ask-chat.ts';
import { MAX_ANSWER_BYTES, type QuestionJob } from './service-job.ts';

/**
 * @returns the answer, and how long it took, waits for a busy service included
 * @throws MeasurementError as `askService` does, and `malformed` for what is no answer of a chat service
 */
export async function askExamined(
  job: QuestionJob,
  { timers, monotonicMs }: { readonly timers: Timers; readonly monotonicMs: () => number },
): Promise<{ readonly answer: string; readonly latencyMs: number }> {
  const beganMs = monotonicMs();
  const leftMs = () => beganMs + job.timeoutMs - monotonicMs();
  try {
    const answer = await askChat(job, job, leftMs, timers);
    if (Buffer.byteLength(JSON.stringify(answer)) > MAX_ANSWER_BYTES)
      throw new MeasurementError('too_large', `the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    return { answer, latencyMs: Math.round(monotonicMs() - beganMs) };
  } catch (error) {
    if (error instanceof HarnessError)
      throw new MeasurementError('malformed', error.message, { cause: error });
    throw error;
  }
}
