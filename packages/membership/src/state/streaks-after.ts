import { nextClearStreak, nextStreak, type Policy, type StreakEvent } from '@mesh/scoring';
import type { NodeRecord } from './records.ts';

/**
 * A node's results in a row after a result or a denial: the good ones, and those clear of the warning band.
 */
export function streaksAfter(
  policy: Policy,
  node: NodeRecord,
  event: StreakEvent,
): Pick<NodeRecord, 'goodStreak' | 'clearStreak'> {
  return {
    goodStreak: nextStreak(policy, node.goodStreak, event, node.class),
    clearStreak: nextClearStreak(policy, node.clearStreak, event, node.class),
  };
}
