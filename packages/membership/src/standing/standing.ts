// The standing of a node, as it is shown to everybody. It follows from the state, the cuts and declines that
// are not on disk yet, and the policy.

import { formatRfc3339 } from '@mesh/primitives';
import type { Membership } from '@mesh/protocol';
import { describeReason, describeReasonCode, type Reason } from '@mesh/scoring';
import { decideAtOnce } from '../commands/decide-node.ts';
import type { CommandContext } from '../commands/outcome.ts';
import type { NodeRecord } from '../state/records.ts';

export interface Standing {
  readonly allowed: boolean;
  /** The node is in, and is within the policy's warning band or has not been out of it for long enough. */
  readonly declining: boolean;
  readonly membership: Membership;
  readonly reasonCode: string;
  /** One sentence for people, with what was measured. */
  readonly reason: string;
  /** The same without scores and limits, for readers who may not see them. */
  readonly publicReason: string;
}

/** The reasons of a cut and of a decline that are in force and may not be on disk yet. */
export interface AheadOfDisk {
  readonly cut: Reason | undefined;
  readonly decline: Reason | undefined;
  readonly hold: { readonly untilMs: number } | undefined;
}

export function standingOf(
  node: NodeRecord,
  { cut, decline, hold }: AheadOfDisk,
  context: CommandContext,
): Standing {
  const allowed = node.membership === 'admitted' && cut === undefined;
  const decision = decideAtOnce(node, context);
  const reason = cut ?? decline ?? decision.reason;
  const held = allowed && !decision.allowed ? (hold ?? node.hold) : undefined;
  return {
    allowed,
    declining: allowed && (node.declining || decline !== undefined),
    membership: allowed
      ? 'ALLOWED'
      : node.membership === 'never' && node.latest === undefined
        ? 'UNKNOWN'
        : 'DENIED',
    reasonCode: held === undefined ? reason.code : 'held',
    reason: describe(node, allowed, describeReason(reason), held),
    publicReason: describe(node, allowed, describeReasonCode(reason.code), held),
  };
}

function describe(
  node: NodeRecord,
  allowed: boolean,
  text: string,
  held: { readonly untilMs: number } | undefined,
): string {
  if (node.left && !allowed) return 'the node has announced that it leaves the mesh';
  return held === undefined
    ? text
    : `${text}, but the brake holds the node in until ${formatRfc3339(held.untilMs)}`;
}
