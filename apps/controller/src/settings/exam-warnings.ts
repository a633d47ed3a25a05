// What an operator should know about exams: one sentence each.

import { type MeshView, poolInUse } from '@mesh/membership';
import type { Policy } from '@mesh/scoring';

export function examWarnings(view: Pick<MeshView, 'exams'>, { exams: rule }: Policy): string[] {
  if (rule === undefined) return [];
  const pool = poolInUse(view.exams(), rule.pool);
  if (pool === undefined)
    return [
      `the policy examines nodes with the pool ${rule.pool}, which is not loaded: nobody is examined; load it with: meshctl exam load`,
    ];
  const left = pool.items.length - pool.retired.length;
  if (left >= rule.items) return [];
  return [
    `the pool ${rule.pool} has ${left} items left, and the policy asks for ${rule.items} each time: load a new one with: meshctl exam load`,
  ];
}
