// How a node stands, as everybody is told: from the state, the cuts that are ahead of the disk, and the policy.

import type { Membership } from '@mesh/protocol';
import { decideMesh, describeReason, type Reason } from '@mesh/scoring';
import type { CommandContext } from '../commands/outcome.ts';
import { evidenceOf, type NodeRecord } from '../state/mesh-state.ts';

export interface Standing {
  readonly allowed: boolean;
  readonly membership: Membership;
  readonly reasonCode: string;
  /** One sentence for people. */
  readonly reason: string;
}

/** @param cut the reason of a denial that is in force although it may not be on disk yet */
export function standingOf(node: NodeRecord, cut: Reason | undefined, context: CommandContext): Standing {
  const allowed = node.membership === 'admitted' && cut === undefined;
  const reason = cut ?? judge(node, context);
  return {
    allowed,
    membership: allowed
      ? 'ALLOWED'
      : node.membership === 'never' && node.latest === undefined
        ? 'UNKNOWN'
        : 'DENIED',
    reasonCode: reason.code,
    reason: node.left && !allowed ? 'the node has announced that it leaves the mesh' : describeReason(reason),
  };
}

function judge(node: NodeRecord, context: CommandContext): Reason {
  const decision = decideMesh({
    kind: 'instant',
    policy: context.policy,
    nodes: [{ nodeId: node.nodeId, evidence: evidenceOf(node) }],
    nowMs: context.nowMs,
    stalenessWaived: context.stalenessWaived,
  }).get(node.nodeId);
  return decision?.reason ?? { code: 'no_benchmark' };
}
