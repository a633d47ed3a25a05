// Round trips and losses of the last probes to one peer. Pure.

/** The round trip of each probe, or null if no answer came. Newest last. */
export type ProbeWindow = readonly (number | null)[];

export interface ProbeSummary {
  readonly sent: number;
  /** 0..1 */
  readonly loss: number;
  /** The median of the probes that were answered. */
  readonly rttMs: number | null;
}

const WINDOW = 20;

export function addProbe(window: ProbeWindow, rttMs: number | null): ProbeWindow {
  const next = window.slice(1 - WINDOW);
  next.push(rttMs);
  return next;
}

/** @returns undefined before the first probe */
export function summariseProbes(window: ProbeWindow): ProbeSummary | undefined {
  if (window.length === 0) return undefined;
  const answered = window.filter((rtt) => rtt !== null).sort((a, b) => a - b);
  const [low, high] = [
    answered[Math.floor((answered.length - 1) / 2)],
    answered[Math.floor(answered.length / 2)],
  ];
  return {
    sent: window.length,
    loss: (window.length - answered.length) / window.length,
    rttMs: low === undefined || high === undefined ? null : (low + high) / 2,
  };
}
