// An exam as the operator sees it.

import type { ExamAssignment, ExamRecord } from '@mesh/membership';
import { defined, formatRfc3339 } from '@mesh/primitives';
import type { ExamSummary } from '@mesh/protocol';
import { describeExamVerdict, type ExamVerdict, type LastExam } from '@mesh/scoring';

/** @param verdict by the policy in force, for the class that the node has now */
export function examSummaryOf(
  exam: ExamRecord,
  verdict: (last: LastExam) => ExamVerdict | undefined,
): ExamSummary {
  const { examId, nodeId, epochId, pool, startsAtMs, endsAtMs, assignments, closed } = exam;
  return {
    exam_id: examId,
    node_id: nodeId,
    epoch_id: epochId,
    pool,
    state: closed === undefined ? 'open' : 'closed',
    starts_at: formatRfc3339(startsAtMs),
    ends_at: formatRfc3339(endsAtMs),
    closed_at: closed === undefined ? null : formatRfc3339(closed.atMs),
    examiners: assignments.map((assignment) => shareOf(assignment, closed)),
    ...defined({ verdict: closed && outcomeOf(closed, verdict) }),
  };
}

export const NOTHING_ASKED = 'the policy in force asks for nothing that was examined';

type Closed = NonNullable<ExamRecord['closed']>;

function shareOf(
  { examiner, items, transcriptSha256, grades }: ExamAssignment,
  closed: Closed | undefined,
): ExamSummary['examiners'][number] {
  const waiting = transcriptSha256 === undefined ? 'assigned' : 'committed';
  return {
    node_id: examiner,
    state: grades !== undefined ? 'answered' : closed === undefined ? waiting : 'missing',
    ...(grades === undefined
      ? {}
      : {
          score: grades.reduce((sum, { score }) => sum + score, 0) / grades.length,
          items: items.length,
        }),
    outvoted: closed?.outvoted.includes(examiner) ?? false,
  };
}

function outcomeOf(
  { result, last, cancelled }: Closed,
  verdict: (last: LastExam) => ExamVerdict | undefined,
): NonNullable<ExamSummary['verdict']> {
  const judged = last?.examId === result.examId ? verdict(last) : undefined;
  const sentence = judged && describeExamVerdict(judged);
  if (judged === undefined || sentence === undefined)
    return {
      outcome: 'none',
      sentence: whyNothing(result.examiners, cancelled),
    };
  return { outcome: judged.outcome, by: judged.by, sentence };
}

function whyNothing(examiners: number, cancelled: Closed['cancelled']): string {
  if (cancelled === 'restored') return 'cancelled, because the controller was restored from a backup';
  if (cancelled === 'erased') return 'cancelled, because what is known of the node was erased';
  return examiners === 0 ? 'no examiner has answered in time' : NOTHING_ASKED;
}
