// What an operator should know about exams: one sentence each.

import { type MeshView, poolInUse } from '@mesh/membership';
import { type ExamRule, MOST_RESERVED_MS, type Policy, reservedMs } from '@mesh/scoring';
import type { ControllerConfig } from './config.ts';

/** The least time limit of a question that an examiner can be set to (`exams.timeout_seconds`). */
const LEAST_QUESTION_MS = 15_000;

export function examWarnings(
  view: Pick<MeshView, 'exams'>,
  { exams: rule }: Policy,
  config: Pick<ControllerConfig, 'probation'>,
): string[] {
  if (rule === undefined) return [];
  return [...poolWarnings(view, rule), ...paceWarnings(rule), ...probationWarnings(rule, config)];
}

/** Without a limit, a node that failed would only be called one on probation. */
function probationWarnings(
  { oneFails, agreeingFail, missing, gap }: ExamRule,
  { probation }: Pick<ControllerConfig, 'probation'>,
): string[] {
  const actions: readonly unknown[] = [oneFails, agreeingFail, missing, gap?.action];
  if (probation !== undefined || !actions.includes('probation')) return [];
  return [
    "the policy's exams put nodes on probation, and no limit is set for those: they go on as before; set probation.limit_bits_per_second and probation.epochs beside the policy, or let exams.agreeingFail deny",
  ];
}

function poolWarnings(view: Pick<MeshView, 'exams'>, rule: ExamRule): string[] {
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

/** An examiner asks one question after the other, and gives no result if the time is over before the last. */
function paceWarnings({ items, answerWithinMs }: ExamRule): string[] {
  if (items * LEAST_QUESTION_MS <= answerWithinMs - reservedMs(answerWithinMs)) return [];
  const enoughMs = items * LEAST_QUESTION_MS + MOST_RESERVED_MS;
  return [
    `the policy's exams.answerWithinMs of ${answerWithinMs} leaves less than ${LEAST_QUESTION_MS / 1_000} s for each of ${items} items: a slow service is not asked everything, and its exam shows nothing; set it to ${enoughMs} at least, or exams.items lower`,
  ];
}
