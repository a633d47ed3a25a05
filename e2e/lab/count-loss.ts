// What streams that go on have lost. The answer depends on the packets alone, not on the time in which they
// pass: on a busy machine it comes later.

import type { Meter } from './packet-meter.ts';
import { until } from './until.ts';

/** A stream that brings no packet for this long is dead. What it has not brought is lost. */
const DEAD_AFTER_MS = 30_000;

/**
 * The packets that were sent in `[fromMs, toMs)`. Resolves when it is known what became of each of them.
 * Packets that the sender's kernel refused count as lost.
 */
export async function countLoss(
  streams: readonly Pick<Meter, 'isSettled' | 'window'>[],
  fromMs: number,
  toMs: number,
): Promise<{ readonly sent: number; readonly lost: number }> {
  await until('the late packets', DEAD_AFTER_MS, () =>
    streams.every((stream) => stream.isSettled(fromMs, toMs)) ? true : undefined,
  ).catch(() => undefined); // what has not come is counted
  const windows = streams.map((stream) => stream.window(fromMs, toMs));
  return {
    sent: windows.reduce((sum, { sent }) => sum + sent, 0),
    lost: windows.reduce((sum, { lost, pending, sendErrors }) => sum + lost + pending + sendErrors, 0),
  };
}
