// Which nodes have waited for an exam for longer than the policy allows, whatever the policy does about it.

import { isExamined, type Policy } from '@mesh/scoring';
import type { NodeRecord } from '../state/records.ts';

/**
 * Since when an exam of the node is overdue, wall clock: `maxAgeMs` after the last one that showed something,
 * or after the node was first promised one. Undefined: none is overdue, or the node is not examined or not
 * in.
 */
export function examOverdueSinceMs(
  policy: Policy,
  { class: className, exams, membership }: Pick<NodeRecord, 'class' | 'exams' | 'membership'>,
  nowMs: number,
): number | undefined {
  const { exams: rule } = policy;
  if (rule === undefined || membership !== 'admitted' || !isExamined(policy, className)) return undefined;
  const fromMs = exams?.evidence?.last?.closedAtMs ?? exams?.evidence?.sinceMs;
  if (fromMs === undefined) return undefined;
  const dueMs = fromMs + rule.maxAgeMs;
  return nowMs > dueMs ? dueMs : undefined;
}
