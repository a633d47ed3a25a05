// The safety brake. A bug in a policy or in a suite denies many nodes for one cause within a short time. The
// brake lets one cause cut a share of the mesh within a sliding window, the worst results first, and holds
// the others in for a while, so that people can look. It never holds a node for staleness or by an operator's
// decision.

import type { NodeId } from '@mesh/primitives';
import type { Reason } from './reason.ts';

export interface BrakeSettings {
  /** The share of the mesh that one cause may cut within a window, 0..1; 1 takes the brake off. */
  readonly share: number;
  /** How many nodes one cause has to deny at least before the brake holds any. */
  readonly atLeast: number;
  readonly windowMs: number;
  /** How long a node is held at most. */
  readonly holdMs: number;
  /** How long after the beginning of a hold the node cannot be held again. */
  readonly againAfterMs: number;
}

/** A denial within the window that the brake counts. */
export interface RecentCut {
  readonly nodeId: NodeId;
  readonly atMs: number;
  /** As {@link causesOf} names them. */
  readonly causes: readonly string[];
  /** As {@link shortfallOf} computes it. */
  readonly shortfall: number;
}

/** What was known of the mesh when the brake decided. */
export interface BrakeInputs {
  /** How many nodes are in, the one that would be denied included. */
  readonly admitted: number;
  readonly recent: readonly RecentCut[];
  readonly nowMs: number;
}

/** A node that the policy denies now. */
export interface BrakedDenial {
  readonly nodeId: NodeId;
  /** Empty: the brake has no part in this. */
  readonly causes: readonly string[];
  readonly shortfall: number;
  /** When the node was last held from; absent if it never was. */
  readonly heldSinceMs?: number | undefined;
}

export type BrakeVerdict =
  | { readonly kind: 'cut' }
  | {
      readonly kind: 'hold';
      /** The cause that has cut as many as it may. */
      readonly cause: string;
      /** How many other nodes it has cut within the window. */
      readonly cut: number;
      /** How many it may cut. */
      readonly cap: number;
    };

/**
 * Decides whether a node that the policy denies is cut, or held in because one cause has cut its share. A
 * node that falls short by more than every node which that cause has cut is cut nevertheless: the worst come
 * first. Give several denials of one moment worst first, and add each cut to `recent` before the next
 * question.
 */
export function brake(
  settings: BrakeSettings,
  { admitted, recent, nowMs }: BrakeInputs,
  { nodeId, causes, shortfall, heldSinceMs }: BrakedDenial,
): BrakeVerdict {
  if (causes.length === 0 || wasHeldLately(settings, heldSinceMs, nowMs)) return { kind: 'cut' };
  const within = recent.filter((cut) => cut.nodeId !== nodeId && nowMs - cut.atMs < settings.windowMs);
  const cap = capOf(settings, admitted + within.length);
  for (const cause of causes) {
    const cuts = within.filter((cut) => cut.causes.includes(cause));
    if (cuts.length < cap) continue;
    if (cuts.every((cut) => cut.shortfall < shortfall)) continue;
    return { kind: 'hold', cause, cut: cuts.length, cap };
  }
  return { kind: 'cut' };
}

/** How many nodes of a mesh of `size` one cause may cut within a window. */
export function capOf({ share, atLeast }: BrakeSettings, size: number): number {
  return Math.max(atLeast - 1, Math.floor(share * size));
}

/** Without this a node could be held again and again, and stay in however badly it behaves. */
function wasHeldLately(
  { againAfterMs }: BrakeSettings,
  heldSinceMs: number | undefined,
  nowMs: number,
): boolean {
  return heldSinceMs !== undefined && nowMs - heldSinceMs < againAfterMs;
}

/** What may have caused a denial besides the node itself. */
export interface Suspects {
  /** The policy in force, if it came into force within the window. */
  readonly newPolicyVersion?: number | undefined;
  /** The suite of the newest result, if it is the node's first result of that suite. */
  readonly newSuiteVersion?: string | undefined;
}

/**
 * The causes that a denial counts towards: the kind of reason with its dimension, a policy that is new, a
 * suite that is new. Empty for every reason that the brake must not touch: operators' decisions, staleness,
 * clocks, a tunnel that fails, and what keeps a node out that is not in.
 */
export function causesOf(reason: Reason, { newPolicyVersion, newSuiteVersion }: Suspects): readonly string[] {
  const own = ownCause(reason);
  if (own === undefined) return [];
  return [
    own,
    ...(newPolicyVersion === undefined ? [] : [`policy ${newPolicyVersion}`]),
    ...(newSuiteVersion === undefined ? [] : [`suite ${newSuiteVersion}`]),
  ];
}

function ownCause(reason: Reason): string | undefined {
  switch (reason.code) {
    case 'below_threshold':
      return 'below_threshold overall';
    case 'below_floor':
    case 'too_few_samples':
    case 'unscored':
    case 'sequential_alarm':
    case 'exam_failed':
      return `${reason.code} ${reason.metric}`;
    case 'exam_gap':
      return `${reason.code} ${reason.what}`;
    case 'not_measured_by':
    case 'unknown_class':
    // Not the node's doing: its examiners may be down.
    case 'exam_missing':
      return reason.code;
    default:
      return undefined;
  }
}

/**
 * How far a result falls short of what is asked, 0..1; 1 for a result without usable scores, and 0 where the
 * score is not what is wrong.
 */
export function shortfallOf(reason: Reason): number {
  switch (reason.code) {
    case 'below_threshold':
      return reason.threshold - reason.overall;
    case 'below_floor':
      return reason.floor - reason.score;
    case 'too_few_samples':
      return (reason.minimum - reason.samples) / reason.minimum;
    case 'sequential_alarm':
      return Math.max(0, reason.asked - reason.mean);
    case 'exam_failed':
      return Math.max(0, reason.limit - reason.score);
    case 'exam_gap':
      return Math.max(0, reason.expected - reason.found);
    case 'unscored':
      return 1;
    default:
      return 0;
  }
}
