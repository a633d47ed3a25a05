// Answers questions about metered streams: whether they flow, when they last did, and what they lost.

import { type Meter, until } from '@mesh/e2e';

type Stream = Pick<Meter, 'arrivals' | 'window'>;

/** After this time a packet has arrived or is lost. */
export const LATE_MS = 2_000;

/** When the last packet of any of the streams arrived; 0 if no packet has. */
export function lastArrivalMs(streams: readonly Stream[]): number {
  return Math.max(0, ...streams.map((stream) => stream.arrivals().at(-1)?.atMs ?? 0));
}

/**
 * The time at which every stream had delivered a packet that was sent after `sinceMs`; undefined if at least
 * one has not.
 */
export function allArrivedMs(streams: readonly Stream[], sinceMs: number): number | undefined {
  const first = streams.map((stream) => stream.arrivals().find(({ atMs }) => atMs >= sinceMs)?.atMs);
  return first.every((atMs) => atMs !== undefined) ? Math.max(...first) : undefined;
}

export function flows(streams: readonly Stream[], withinMs = 200): boolean {
  return streams.every((stream) => (stream.arrivals().at(-1)?.atMs ?? 0) > Date.now() - withinMs);
}

export async function untilFlowing(
  what: string,
  streams: readonly Stream[],
  timeoutMs = 90_000,
): Promise<void> {
  await until(`${what} flows`, timeoutMs, () => (flows(streams) ? true : undefined));
}

export async function untilMs(what: string, atMs: number): Promise<void> {
  await until(what, Math.max(0, atMs - Date.now()) + 5_000, () => (Date.now() > atMs ? true : undefined));
}

export interface Loss {
  readonly sent: number;
  readonly lost: number;
  readonly longest_gap_ms: number;
  /** If any were lost: the quarters of a second in which those packets were sent, from the start. */
  readonly lost_at_ms?: readonly number[];
}

const QUARTER_MS = 250;

/** What was sent and lost in a period. It counts when late packets have had their time. */
export async function lossIn(streams: readonly Stream[], fromMs: number, toMs: number): Promise<Loss> {
  await untilMs('the late packets', toMs + LATE_MS + 200);
  const lostIn = (windowFromMs: number, windowToMs: number) =>
    streams.reduce((sum, stream) => {
      const { lost, sendErrors } = stream.window(windowFromMs, windowToMs);
      return sum + lost + sendErrors;
    }, 0);
  const windows = streams.map((stream) => stream.window(fromMs, toMs));
  const lost = lostIn(fromMs, toMs);
  const quarters = Array.from(
    { length: Math.ceil((toMs - fromMs) / QUARTER_MS) },
    (_, at) => at * QUARTER_MS,
  );
  return {
    sent: windows.reduce((sum, window) => sum + window.sent, 0),
    lost,
    longest_gap_ms: Math.round(Math.max(...windows.map((window) => window.longestGapMs ?? 0))),
    ...(lost === 0
      ? {}
      : {
          lost_at_ms: quarters.filter(
            (atMs) => lostIn(fromMs + atMs, Math.min(toMs, fromMs + atMs + QUARTER_MS)) > 0,
          ),
        }),
  };
}
