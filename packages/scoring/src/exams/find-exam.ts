// What a node's exams mean for its standing, by the policy.

import { defined } from '@mesh/primitives';
import type { Bar } from '../bar.ts';
import type { Evidence } from '../evidence.ts';
import type { Policy } from '../policy.ts';
import { gapsOf } from './exam-gap.ts';
import type { ExamEffect, ExamReason } from './exam-reason.ts';
import { type ExamAction, type ExamRule, isExamined } from './exam-rule.ts';
import { failedScore, verdictOf, wordOf } from './exam-verdict.ts';

type Known = Pick<Evidence, 'exam' | 'membership'>;

/**
 * The first of the node's exam reasons that leads to `action`: a failed exam, a gap, a missing exam.
 *
 * @param waived whether admitted nodes are spared from what is missing or too old now
 */
export function findExamReason(
  policy: Policy,
  bar: Bar,
  evidence: Known,
  nowMs: number,
  waived: boolean,
  action: ExamEffect,
): ExamReason | undefined {
  const { exams } = policy;
  // Most policies have no exams, and each decision asks three times.
  if (exams === undefined || !isExamined(policy, bar.className)) return undefined;
  return (
    findFailed(exams, bar, evidence, action) ??
    findGap(exams, evidence, action) ??
    (exams.missing === action ? findMissing(exams, evidence, nowMs, waived) : undefined)
  );
}

/** What it leads to is asked first: that takes less time than the verdict. */
function findFailed(rule: ExamRule, bar: Bar, { exam }: Known, action: ExamEffect): ExamReason | undefined {
  if (exam?.last === undefined) return undefined;
  const by = wordOf(rule, exam.last);
  if ((by === 'agreeing' ? rule.agreeingFail : rule.oneFails) !== action) return undefined;
  const { examiners, disagree, outcome, scores } = verdictOf(rule, bar, exam.last);
  const worst = outcome === 'failed' ? failedScore({ scores }) : undefined;
  if (worst === undefined) return undefined;
  const { metric, score, limit, interval } = worst;
  return { code: 'exam_failed', action, by, examiners, disagree, metric, score, limit, interval };
}

function findGap(rule: ExamRule, { exam }: Known, action: ExamEffect): ExamReason | undefined {
  if (rule.gap?.action !== action) return undefined;
  const speaking = gapsOf(rule, exam).find(({ speaks }) => speaks);
  if (speaking === undefined) return undefined;
  const { speaks: _, ...numbers } = speaking;
  return { code: 'exam_gap', action: rule.gap.action, ...numbers };
}

/**
 * Why a node lacks a recent exam; undefined if it does not, or if that leads to nothing. One that is in has
 * as much time for its first exam as between two.
 */
export function findMissing(
  { missing: action, maxAgeMs }: ExamRule,
  { exam, membership }: Known,
  nowMs: number,
  waived: boolean,
): ExamReason | undefined {
  const isIn = membership === 'admitted';
  if (!acts(action) || (isIn && waived)) return undefined;
  const lastMs = exam?.last?.closedAtMs;
  const ageMs = lastMs === undefined ? undefined : Math.max(0, nowMs - lastMs);
  if (ageMs !== undefined && ageMs <= maxAgeMs) return undefined;
  const sinceMs = exam?.sinceMs;
  if (isIn && (sinceMs === undefined || nowMs - sinceMs <= maxAgeMs)) return undefined;
  return { code: 'exam_missing', action, maxAgeMs, ...defined({ ageMs }) };
}

const acts = (action: ExamAction): action is ExamEffect => action !== 'ignore';
