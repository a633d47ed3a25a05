// How a node stands, as everybody is told: from the state, the cuts that are ahead of the disk, and the policy.

import type { Membership } from '@mesh/protocol';
import { describeReason, type Reason } from '@mesh/scoring';
import { decideAtOnce } from '../commands/decide-node.ts';
import type { CommandContext } from '../commands/outcome.ts';
import type { NodeRecord } from '../state/records.ts';

export interface Standing {
  readonly allowed: boolean;
  /** In, and within the warning band of the policy or not out of it for long enough. */
  readonly declining: boolean;
  readonly membership: Membership;
  readonly reasonCode: string;
  /** One sentence for people. */
  readonly reason: string;
}

/** What is in force although it may not be on disk yet, by its reason. */
export interface AheadOfDisk {
  readonly cut: Reason | undefined;
  readonly decline: Reason | undefined;
}

export function standingOf(
  node: NodeRecord,
  { cut, decline }: AheadOfDisk,
  context: CommandContext,
): Standing {
  const allowed = node.membership === 'admitted' && cut === undefined;
  const reason = cut ?? decline ?? decideAtOnce(node, context).reason;
  return {
    allowed,
    declining: allowed && (node.declining || decline !== undefined),
    membership: allowed
      ? 'ALLOWED'
      : node.membership === 'never' && node.latest === undefined
        ? 'UNKNOWN'
        : 'DENIED',
    reasonCode: reason.code,
    reason: node.left && !allowed ? 'the node has announced that it leaves the mesh' : describeReason(reason),
  };
}
