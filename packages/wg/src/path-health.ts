// Judges what the last probes to a peer say of the path to it. A figure is given only where it is one: not
// from too few probes, not from old ones, and no loss where nothing was ever answered.

/** Fewer probes than this say nothing. */
const ENOUGH_PROBES = 5;

/** The last probes to a peer. */
export interface ProbedPath {
  /** How many of them were answered, or not within the time for it. */
  readonly sent: number;
  readonly answered: number;
  /** Of those that were answered, in milliseconds; undefined if none was. */
  readonly rttMs: number | undefined;
  readonly worstRttMs: number | undefined;
  /** How long ago the newest was sent. */
  readonly ageMs: number;
}

export interface PathHealth {
  /**
   * `no_answer`: the path loses everything, or the other end does not answer probes. `off`: it is not probed.
   */
  readonly state: 'measured' | 'too_few' | 'no_answer' | 'old' | 'off';
  readonly sent: number;
  readonly answered: number;
  /** Undefined unless measured, as the next two. 0..1 */
  readonly loss: number | undefined;
  readonly rttMs: number | undefined;
  readonly worstRttMs: number | undefined;
  /** Undefined before the first probe. */
  readonly ageMs: number | undefined;
}

/**
 * @param probed undefined before the first probe
 * @param times how often the peer is probed, 0 for never, and when a probe is too old to say anything
 */
export function pathHealth(
  probed: ProbedPath | undefined,
  { intervalMs, oldAfterMs }: { readonly intervalMs: number; readonly oldAfterMs: number },
): PathHealth {
  const { sent = 0, answered = 0, ageMs } = probed ?? {};
  const state = stateOf(probed, intervalMs, oldAfterMs);
  const isMeasured = state === 'measured';
  return {
    ...{ state, sent, answered, ageMs },
    loss: isMeasured ? (sent - answered) / sent : undefined,
    rttMs: isMeasured ? probed?.rttMs : undefined,
    worstRttMs: isMeasured ? probed?.worstRttMs : undefined,
  };
}

function stateOf(
  probed: ProbedPath | undefined,
  intervalMs: number,
  oldAfterMs: number,
): PathHealth['state'] {
  if (intervalMs === 0) return 'off';
  if (probed === undefined) return 'too_few';
  if (probed.ageMs > oldAfterMs) return 'old';
  if (probed.sent < ENOUGH_PROBES) return 'too_few';
  return probed.answered === 0 ? 'no_answer' : 'measured';
}
