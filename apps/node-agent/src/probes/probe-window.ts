// Round trips and losses of the last probes to one peer. Pure.

import type { ProbedPath } from '@mesh/wg';

export interface ProbeWindow {
  /** The round trip of each probe, or null if no answer came. Newest last. */
  readonly rttsMs: readonly (number | null)[];
  /** When the newest was sent. */
  readonly newestAtMs: number;
}

const WINDOW = 20;

export function addProbe(
  window: ProbeWindow | undefined,
  rttMs: number | null,
  sentAtMs: number,
): ProbeWindow {
  return { rttsMs: [...(window?.rttsMs ?? []).slice(1 - WINDOW), rttMs], newestAtMs: sentAtMs };
}

/** The median round trip and the longest one of the probes that were answered. */
export function summariseProbes({ rttsMs, newestAtMs }: ProbeWindow, nowMs: number): ProbedPath {
  const answered = rttsMs.filter((rtt) => rtt !== null).sort((a, b) => a - b);
  const [low, high] = [
    answered[Math.floor((answered.length - 1) / 2)],
    answered[Math.floor(answered.length / 2)],
  ];
  return {
    sent: rttsMs.length,
    answered: answered.length,
    rttMs: low === undefined || high === undefined ? undefined : (low + high) / 2,
    worstRttMs: answered.at(-1),
    ageMs: Math.max(0, nowMs - newestAtMs),
  };
}
