// Chooses the guard's next step from what is wanted, what was applied, and the time. Pure.

import { differ, type GuardElements, NOBODY } from './guard-elements.ts';

export interface Wanted {
  readonly elements: GuardElements;
  readonly endsAtBootMs: number;
}

export interface Applied extends Wanted {
  /** When all its elements last got their time together. */
  readonly sinceBootMs: number;
  /** The table's text without its elements, as read after the guard last changed the structure. */
  readonly structure: string;
  readonly verifiedAtMs: number;
}

export interface GuardMoment {
  readonly bootMs: number;
  readonly monotonicMs: number;
  /** The time of the last renewal, on the monotonic clock. */
  readonly renewedAtMs: number;
}

export type GuardStep =
  | { readonly kind: 'wait'; readonly ms: number }
  /** The kernel's state is not known: write the whole table. */
  | { readonly kind: 'write'; readonly wanted: Wanted }
  | { readonly kind: 'change' | 'renew'; readonly wanted: Wanted; readonly applied: Applied }
  /** Check whether another program has changed the table. */
  | { readonly kind: 'verify'; readonly applied: Applied };

const MIN_GAP_MS = 1_000;
/**
 * The share of the elements' time after which a renewal is due. When a process is killed, its elements may
 * have used that much of their time. The process that starts next then has that much less.
 */
const RENEW_AFTER = 1 / 6;
/** If the end of the lease moves by no more than this, a renewal is not worth a call. */
const TOLERANCE_MS = 20;

/**
 * The most urgent step: write the whole table, else apply a change, else renew, else verify. `verifyMs` is
 * the time from one check of the table to the next.
 */
export function nextGuardStep(
  asked: Wanted | undefined,
  applied: Applied | undefined,
  moment: GuardMoment,
  verifyMs: number,
): GuardStep {
  if (asked === undefined) return { kind: 'wait', ms: Number.POSITIVE_INFINITY };
  const wanted = untilItEnds(asked, moment);
  if (applied === undefined) return { kind: 'write', wanted };
  if (differ(wanted.elements, applied.elements)) return { kind: 'change', wanted, applied };
  const renewInMs = renewalDueIn(wanted, applied, moment);
  if (renewInMs <= 0) return { kind: 'renew', wanted, applied };
  const verifyInMs = applied.verifiedAtMs + verifyMs - moment.monotonicMs;
  if (verifyInMs <= 0) return { kind: 'verify', applied };
  return { kind: 'wait', ms: Math.min(renewInMs, verifyInMs) };
}

/** After the end of the lease no peer may pass. */
function untilItEnds(asked: Wanted, { bootMs }: GuardMoment): Wanted {
  return asked.endsAtBootMs > bootMs ? asked : { ...asked, elements: NOBODY };
}

function renewalDueIn(wanted: Wanted, applied: Applied, moment: GuardMoment): number {
  if (wanted.elements.size === 0) return Number.POSITIVE_INFINITY;
  const gainMs = wanted.endsAtBootMs - applied.endsAtBootMs;
  if (Math.abs(gainMs) <= TOLERANCE_MS) return Number.POSITIVE_INFINITY;
  // A shorter lease applies at once.
  if (gainMs < 0) return 0;
  const givenMs = applied.endsAtBootMs - applied.sinceBootMs;
  const dueMs = applied.sinceBootMs + givenMs * RENEW_AFTER - moment.bootMs;
  return Math.max(dueMs, moment.renewedAtMs + MIN_GAP_MS - moment.monotonicMs);
}
