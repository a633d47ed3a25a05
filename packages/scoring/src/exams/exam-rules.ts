// What exams hold a node to, each rule with the node's own numbers, as rules of an explanation.

import type { Bar } from '../bar.ts';
import type { Evidence } from '../evidence.ts';
import type { RuleVerdict } from '../explain-node.ts';
import type { Policy } from '../policy.ts';
import { describeReason } from '../reason.ts';
import { describeExamScore, describeGap, describeMissing } from './describe-exam.ts';
import { gapsOf } from './exam-gap.ts';
import type { ExamReason } from './exam-reason.ts';
import { isExamined } from './exam-rule.ts';
import { verdictOf } from './exam-verdict.ts';
import { findMissing } from './find-exam.ts';

const DECIDES = { ignore: 'advice', declining: 'declining', probation: 'probation', deny: 'denied' } as const;

/** @param waived whether admitted nodes are spared from what is too old now */
export function* examRules(
  policy: Policy,
  bar: Bar,
  evidence: Evidence,
  nowMs: number,
  waived: boolean,
): Generator<RuleVerdict> {
  const { exams } = policy;
  if (exams === undefined || !isExamined(policy, bar.className)) return;
  const last = evidence.exam?.last;
  if (last !== undefined) {
    const verdict = verdictOf(exams, bar, last);
    const { by, examiners, disagree } = verdict;
    const action = by === 'agreeing' ? exams.agreeingFail : exams.oneFails;
    for (const { outcome, ...score } of verdict.scores) {
      const common = {
        rule: `exams.${by === 'agreeing' ? 'agreeingFail' : 'oneFails'}`,
        decides: DECIDES[action],
      };
      const sentence = describeExamScore(verdict, score);
      if (outcome !== 'failed') yield { ...common, met: true, sentence };
      else if (action === 'ignore') yield { ...common, met: false, sentence };
      else yield unmet(common.rule, { code: 'exam_failed', action, by, examiners, disagree, ...score });
    }
  }
  for (const { speaks, ...numbers } of gapsOf(exams, evidence.exam)) {
    const action = exams.gap?.action ?? 'declining';
    if (speaks) yield unmet('exams.gap', { code: 'exam_gap', action, ...numbers });
    else yield { rule: 'exams.gap', decides: DECIDES[action], met: true, sentence: describeGap(numbers) };
  }
  const missing = findMissing(exams, evidence, nowMs, waived);
  if (missing !== undefined) yield unmet('exams.missing', missing);
  else if (last !== undefined) {
    const ageMs = Math.max(0, nowMs - last.closedAtMs);
    const sentence = describeMissing({ ageMs, maxAgeMs: exams.maxAgeMs });
    yield { rule: 'exams.missing', decides: DECIDES[exams.missing], met: true, sentence };
  }
}

function unmet(rule: string, reason: ExamReason): RuleVerdict {
  return { rule, decides: DECIDES[reason.action], met: false, sentence: describeReason(reason), reason };
}
