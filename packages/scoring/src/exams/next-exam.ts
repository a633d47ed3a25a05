// The pure fold behind `Evidence.exam`.

import { defined } from '@mesh/primitives';
import { barOf } from '../bar.ts';
import type { Benchmark } from '../evidence.ts';
import { DEFAULT_CLASS } from '../evidence.ts';
import type { Policy } from '../policy.ts';
import type { ExamEvidence } from './exam-evidence.ts';
import { nextGaps } from './exam-gap.ts';
import { type ClosedExam, type ExamTallies, talliesOf } from './exam-results.ts';
import { verdictOf } from './exam-verdict.ts';

/**
 * What is remembered after an exam was closed. An exam without a result that counts changes nothing.
 *
 * @param latest the node's own newest result at that moment; absent: it has none
 */
export function nextExam(
  policy: Policy,
  exam: ExamEvidence | undefined,
  closed: ClosedExam,
  latest: Benchmark | undefined,
  className: string = DEFAULT_CLASS,
): ExamEvidence | undefined {
  const bar = barOf(policy, className);
  if (policy.exams === undefined || bar === undefined || closed.examiners === 0) return exam;
  const { examId, closedAtMs, examiners, disagree } = closed;
  const failed = exam?.last !== undefined && verdictOf(policy.exams, bar, exam.last).outcome === 'failed';
  const tallies = limited(policy, talliesOf(closed.grades));
  const gaps = nextGaps(policy, exam?.gaps, closed, latest);
  return {
    ...defined({ sinceMs: exam?.sinceMs }),
    last: { examId, closedAtMs, examiners, disagree, byPoint: failed, tallies },
    ...defined({ gaps }),
  };
}

/** Only what the policy has a limit for, so that little is kept. */
function limited({ floors, classes }: Policy, tallies: ExamTallies): ExamTallies {
  const known = new Set([
    'overall',
    ...Object.keys(floors),
    ...classes.flatMap((own) => Object.keys(own.floors ?? {})),
  ]);
  return Object.fromEntries(Object.entries(tallies).filter(([metric]) => known.has(metric)));
}
