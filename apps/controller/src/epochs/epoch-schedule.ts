// When epochs begin. Boundaries stand on the wall clock (k · epoch length); the admission set is frozen one lead
// before. Pure: time is a value.

/** The longest lead: enough for every agent to fetch before the boundary. */
const MAX_LEAD_MS = 5_000;

/** How long before its boundary an epoch is frozen and published: min(5 s, epoch/4). */
export function leadMs(epochMs: number): number {
  return Math.min(MAX_LEAD_MS, epochMs / 4);
}

export interface PlannedEpoch {
  readonly freezeAtMs: number;
  readonly activateAtMs: number;
}

/**
 * The next regular epoch.
 *
 * @param lastActivateAtMs when the newest opened epoch begins; its successor is not frozen before, so that at most
 *   one epoch is pending
 */
export function planBoundary(nowMs: number, epochMs: number, lastActivateAtMs: number): PlannedEpoch {
  const lead = leadMs(epochMs);
  const earliestFreeze = Math.max(nowMs, lastActivateAtMs);
  const activateAtMs = Math.ceil((earliestFreeze + lead) / epochMs) * epochMs;
  return { freezeAtMs: activateAtMs - lead, activateAtMs };
}

/** An epoch outside the schedule (a start, an operator's rotation) is active one lead from now. */
export function planImmediate(nowMs: number, epochMs: number): PlannedEpoch {
  return { freezeAtMs: nowMs, activateAtMs: nowMs + leadMs(epochMs) };
}

/** When the epoch after the one that begins at `activateAtMs` begins, if nothing unforeseen happens. */
export function expiryOf(activateAtMs: number, epochMs: number): number {
  return planBoundary(activateAtMs, epochMs, activateAtMs).activateAtMs;
}
