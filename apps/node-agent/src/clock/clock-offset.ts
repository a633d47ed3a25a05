// Estimates how far the controller's clock is from ours, from the `server_time_ms` of answers that did not
// block. Pure.
//
// Local times are from the boot clock and not from the wall clock, so setting this machine's clock changes
// nothing here. The controller stamps an answer at some instant between our sending and receiving. So each
// exchange gives the offset to within half its round trip. The exchange with the shortest round trip in the
// window gives the estimate.

export interface ClockSample {
  readonly serverTimeMs: number;
  /** Local, boot clock. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

export interface ClockEstimate {
  /** controller's clock − local boot clock. */
  readonly offsetMs: number;
  /** The true offset is within ± this, apart from drift. */
  readonly uncertaintyMs: number;
}

/** Newest last. */
export type ClockWindow = readonly ClockSample[];

const MAX_SAMPLES = 16;
/** The resolution of the boot clock: each reading can be late by this much. */
const RESOLUTION_MS = 10;
/** Two crystals drift apart by about 100 ppm at worst: 30 ms in five minutes. */
const MAX_AGE_MS = 300_000;
/** If two answers contradict each other by more than this, one of the two clocks was set. */
const TOLERANCE_MS = 100;

/**
 * Adds an exchange. Drops samples that contradict it, because the newest sample shows the clock as it is now.
 */
export function addClockSample(window: ClockWindow, sample: ClockSample): ClockWindow {
  const { sentAtMs, receivedAtMs, serverTimeMs } = sample;
  if (!(receivedAtMs >= sentAtMs) || !Number.isFinite(serverTimeMs)) return window;
  const fresh = estimateOf(sample);
  const agreeing = window.filter((earlier) => {
    const old = estimateOf(earlier);
    const apartMs = Math.abs(old.offsetMs - fresh.offsetMs);
    return (
      sample.receivedAtMs - earlier.receivedAtMs <= MAX_AGE_MS &&
      apartMs <= old.uncertaintyMs + fresh.uncertaintyMs + TOLERANCE_MS
    );
  });
  return [...agreeing, sample].slice(-MAX_SAMPLES);
}

/** @returns undefined before the first exchange */
export function estimateClock(window: ClockWindow): ClockEstimate | undefined {
  let best: ClockEstimate | undefined;
  for (const sample of window) {
    const estimate = estimateOf(sample);
    if (best === undefined || estimate.uncertaintyMs <= best.uncertaintyMs) best = estimate;
  }
  return best;
}

function estimateOf({ serverTimeMs, sentAtMs, receivedAtMs }: ClockSample): ClockEstimate {
  return {
    offsetMs: serverTimeMs - (sentAtMs + receivedAtMs) / 2,
    uncertaintyMs: (receivedAtMs - sentAtMs) / 2 + RESOLUTION_MS,
  };
}
