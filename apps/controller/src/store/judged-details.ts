// What the entry of a decision commits to beyond its reason: what the decision saw of the node.

import type { JsonObject } from '@mesh/audit';
import { renderJudgedState } from '@mesh/evidence';
import type { NodeRecord } from '@mesh/membership';
import { defined } from '@mesh/primitives';

export interface JudgedNode {
  /** As it was before the decision. */
  readonly node: NodeRecord;
  readonly stalenessWaived: boolean;
}

export function judgedDetails(
  content: JsonObject | undefined,
  { node, stalenessWaived }: JudgedNode,
): JsonObject {
  const judged = renderJudgedState({
    status: node.status,
    className: node.class,
    membership: node.membership,
    result: node.left ? 'left' : node.latest === undefined ? 'none' : 'counted',
    consecutiveGood: node.goodStreak.count,
    consecutiveClear: node.clearStreak.count,
    declining: node.declining,
    ...defined({ unreachableSinceMs: node.unreachableSinceMs, exam: node.exams?.evidence }),
    stalenessWaived,
  });
  return { ...content, judged };
}
