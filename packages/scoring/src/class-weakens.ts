// Says what is easier for a node of one class than of another.

import { type Bar, barOf } from './bar.ts';
import { canExamine, isExamined } from './exams/exam-rule.ts';
import type { Policy } from './policy.ts';
import { weakens } from './weakens.ts';

/**
 * What the policy asks less of class `to` than of class `from`, one sentence for each; empty if nothing. A
 * class that the policy does not have admits nobody: everything is weaker than it, and it is weaker than
 * nothing.
 */
export function classWeakens(policy: Policy, from: string, to: string): readonly string[] {
  const [before, after] = [barOf(policy, from), barOf(policy, to)];
  if (after === undefined) return [];
  if (before === undefined) return [`the policy has no class ${from}, so its nodes were denied`];
  return [
    ...weakens(withBar(policy, before), withBar(policy, after)),
    ...(isExamined(policy, from) && !isExamined(policy, to) ? ['its nodes are not examined'] : []),
    ...(!canExamine(policy, from) && canExamine(policy, to) ? ['its nodes may examine others'] : []),
  ];
}

/** The policy as if every node were of one class. */
function withBar(policy: Policy, { threshold, floors, declining }: Bar): Policy {
  return {
    ...policy,
    threshold,
    floors,
    declining: { ...policy.declining, ...declining },
    classes: [],
  };
}
